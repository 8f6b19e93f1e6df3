# frozen_string_literal: true

# wdsocket for Ruby: WDSocket.SocketRead("till") and so on, with the header's names.
#
# Text is UTF-8 on its way in and comes out as UTF-8; messages go as any String and come as bytes (ASCII-8BIT): force_encoding
# makes text of them. Buffers and sizes are made here. What a function refuses is raised as WDSocket::Error, with code.
require "fiddle"
require_relative "wdsocket_c"

module WDSocket
  # What a call refused: code is one of WDSOCKET_ERR_..., the message says what to do.
  class Error < StandardError
    attr_reader :code

    def initialize(code, text)
      super(text)
      @code = code
    end
  end

  path = ENV["WDSOCKET_LIBRARY"] || (Gem.win_platform? ? "wdsocket.dll" : "libwdsocket.so.0")
  begin
    LIBRARY = Fiddle.dlopen(path)
  rescue Fiddle::DLError => e
    raise LoadError, "wdsocket: the library #{path} cannot be loaded (#{e.message}); set WDSOCKET_LIBRARY to its full path"
  end

  kinds = { "i" => [Fiddle::TYPE_INT], "t" => [Fiddle::TYPE_VOIDP] }
  kinds.default = [Fiddle::TYPE_VOIDP, Fiddle::TYPE_INT]
  # Fiddle lets other threads run during a call.
  RUN = FUNCTIONS.to_h do |name, (word, _)|
    types = word[1..].chars.flat_map { |letter| kinds[letter] }
    [name, Fiddle::Function.new(LIBRARY[name], types, Fiddle::TYPE_INTPTR_T, name: name)]
  end.freeze

  # A thread inside C would keep Ruby from ending.
  at_exit { RUN["SocketCloseAll"].call }

  # The error of the last call of this thread. Nothing of Ruby's other threads comes between: a thread of Ruby is one of C.
  def self.failed(code)
    text = room("T")
    length = RUN["SocketErrorInfo"].call(text, SIZES["T"])
    Error.new(code, text[0, [length, 0].max].force_encoding("UTF-8"))
  end

  # What yes or no becomes. That no client came in time is an answer.
  def self.answered(result, name)
    return true if result == 1

    code = RUN["SocketErrorCode"].call
    raise failed(code) unless code.zero? || (code == WDSOCKET_ERR_TIMEOUT && name.start_with?("SocketWait"))

    false
  end

  def self.text(function, name, value)
    return nil if value.nil?
    raise TypeError, "#{function}: #{name} is text (String or nil), not #{value.class}" unless value.is_a?(String)
    raise ArgumentError, "#{function}: #{name} holds a zero, where text for C ends: #{value.inspect}" if value.include?("\0")

    encoding = value.encoding
    encoding == Encoding::UTF_8 || encoding == Encoding::BINARY ? value : value.encode("UTF-8")
  end

  # Memory of C's for what comes out: one of each kind a thread, of which a slice is a copy.
  def self.room(letter)
    own = Thread.current.thread_variable_get(:wdsocket)
    Thread.current.thread_variable_set(:wdsocket, own = {}) unless own
    own[letter] ||= Fiddle::Pointer.malloc(SIZES[letter], Fiddle::RUBY_FREE)
  end

  # The message that did not fit has stayed; now its size is known.
  def self.read_large(name, handle, *rest)
    size = [RUN[name.end_with?("Id") ? "SocketPendingId" : "SocketPending"].call(handle), 1].max
    large = Fiddle::Pointer.malloc(size, Fiddle::RUBY_FREE)
    result = RUN[name].call(handle, *rest, large, size)
    raise failed(-result) if result.negative?

    large[0, result]
  end

  SIZES = { "T" => 4097, "D" => 65_536, "I" => 4096 }.freeze
  DEFAULTS = { "timeout" => "WDSOCKET_DEFAULT", "undefined_wait" => "0", "options" => "0" }.freeze
  ANSWERS = { "T" => 'out[0, result].force_encoding("UTF-8")', "D" => "out[0, result]", "I" => 'out[0, result * 4].unpack("l*")' }.freeze

  # A method a function, written of its word (see hosts/README.md): a call that went through a table would cost more than C's.
  FUNCTIONS.each do |name, (word, given)|
    parameters = given.each
    list = word[1..].chars.map do |letter|
      next "out, #{letter == 'I' ? SIZES[letter] / 4 : SIZES[letter]}" if SIZES[letter]

      one = parameters.next
      case letter
      when "i" then "Integer(#{one})"
      when "t" then "text(#{name.inspect}, #{one.inspect}, #{one})"
      else "#{one}, #{one}.nil? ? -1 : #{one}.bytesize"
      end
    end
    last = word[-1]
    module_eval <<~RUBY, __FILE__, __LINE__ + 1
      def self.#{name}(#{given.map { |one| "#{one} = #{DEFAULTS[one] || 'nil'}" }.join(', ')})
        #{"out = room(#{last.inspect})" if SIZES[last]}
        result = RUN[#{name.inspect}].call(#{list.join(', ')})
        #{"return read_large(#{[name.inspect, *list[0...-1]].join(', ')}) if result == -WDSOCKET_ERR_BUFFER_TOO_SMALL" if last == 'D'}
        raise failed(-result) if result.negative?

        #{word[0] == 'y' ? "answered(result, #{name.inspect})" : ANSWERS[last] || 'result'}
      end
    RUBY
  end
end
