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
    text = "\0".b * 2048
    length = RUN["SocketErrorInfo"].call(text, 2048)
    Error.new(code, text[0, [length, 0].max].force_encoding("UTF-8"))
  end

  def self.text(function, name, value)
    return nil if value.nil?
    raise TypeError, "#{function}: #{name} is text (String or nil), not #{value.class}" unless value.is_a?(String)
    raise ArgumentError, "#{function}: #{name} holds a zero, where text for C ends: #{value.inspect}" if value.include?("\0")

    value.encoding == Encoding::BINARY ? value : value.encode("UTF-8")
  end

  DEFAULTS = { "timeout" => WDSOCKET_DEFAULT, "undefined_wait" => 0, "options" => 0 }.freeze
  SIZES = { "T" => 4097, "D" => 65_536, "I" => 4096 }.freeze

  # Runs a function with Ruby's values; the word says what they are (see hosts/README.md).
  def self.run(name, word, given, values)
    raise ArgumentError, "#{name} takes #{given.join(', ')}" if values.size > given.size

    arguments = []
    values = given.each_with_index.map { |one, place| place < values.size ? values[place] : DEFAULTS[one] }.each
    parameters = given.each
    buffer = nil
    word[1..].each_char do |letter|
      case letter
      when "i" then arguments << Integer(values.next).tap { parameters.next }
      when "t" then arguments << text(name, parameters.next, values.next)
      when "d"
        data = values.next
        parameters.next
        arguments.push(data, data.nil? ? -1 : data.bytesize)
      else
        # One of each kind a thread, with a byte more: what comes out is a copy, which Ruby would not make of a whole string.
        buffer = (Thread.current[:wdsocket] ||= {})[letter] ||= "\0".b * (SIZES[letter] + 1)
        arguments.push(buffer, letter == "I" ? SIZES[letter] / 4 : SIZES[letter])
      end
    end
    result = RUN[name].call(*arguments)
    if word[-1] == "D" && result == -WDSOCKET_ERR_BUFFER_TOO_SMALL
      # The message has stayed; now its size is known.
      size = RUN[name.end_with?("Id") ? "SocketPendingId" : "SocketPending"].call(arguments[0])
      buffer = "\0".b * size
      result = RUN[name].call(*arguments[0...-2], buffer, size)
    end
    raise failed(-result) if result.negative?

    if word[0] == "y"
      code = result.zero? ? RUN["SocketErrorCode"].call : 0
      # That no client came in time is an answer.
      raise failed(code) unless code.zero? || (code == WDSOCKET_ERR_TIMEOUT && name.start_with?("SocketWait"))

      return result == 1
    end
    case word[-1]
    when "T" then buffer.byteslice(0, result).force_encoding("UTF-8")
    when "D" then buffer.byteslice(0, result).force_encoding("BINARY")
    when "I" then buffer.unpack("l#{result}")
    else result
    end
  end

  FUNCTIONS.each do |name, (word, given)|
    define_singleton_method(name) { |*values| run(name, word, given, values) }
  end
end
