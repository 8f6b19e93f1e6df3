# frozen_string_literal: true

# What goes wrong first, and what the answer is: mistakes.rb PORT of a server that greets.
begin
  require_relative "wdsocket"
rescue LoadError => e
  abort e.message
end

WD = WDSocket

def refused(what)
  yield
  puts "#{what}: was not refused"
rescue WD::Error, ArgumentError, TypeError => e
  puts "#{what}: #{e.message}"
end

WD.SocketConnect("till", Integer(ARGV[0]), "127.0.0.1", 20_000)
WD.SocketWrite("till", "Grüße")
puts "accents: #{WD.SocketRead('till', 0, 20_000).force_encoding('UTF-8')}"
WD.SocketWrite("till", "a\0b")
puts "zero inside: #{WD.SocketRead('till', 0, 20_000).inspect}"
WD.SocketWrite("till", "x" * 65_536)
puts "large: #{WD.SocketRead('till', 0, 20_000).bytesize}"
refused("zero in a name") { WD.SocketWrite("ti\0ll", "x") }
refused("blank behind a name") { WD.SocketWrite("till ", "x") }
refused("wrong port") { WD.SocketConnect("other", 1, "127.0.0.1") }
refused("no port") { WD.SocketConnect("other", 70_000, "127.0.0.1") }
