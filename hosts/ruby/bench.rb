# frozen_string_literal: true

# An echo of 64 bytes: bench.rb PORT ROUNDS.
require "socket"
require_relative "wdsocket"

port, rounds = ARGV.map { |word| Integer(word) }
data = "x" * 64
own = TCPSocket.new("127.0.0.1", port)
own.setsockopt(Socket::IPPROTO_TCP, Socket::TCP_NODELAY, 1)
WDSocket.SocketConnect("echo", port, "127.0.0.1")
WDSocket.SocketChangeTransmissionMode("echo", WDSocket::SocketNoEndTag, nil)
exchanges = [
  -> { own.write(data); own.readpartial(64) },
  -> { WDSocket.SocketWrite("echo", data); WDSocket.SocketRead("echo", 1) }
]
clock = -> { Process.clock_gettime(Process::CLOCK_MONOTONIC) }
best = [1e9, 1e9]
5.times do
  exchanges.each_with_index do |exchange, which|
    start = clock.call
    rounds.times { exchange.call }
    best[which] = [best[which], (clock.call - start) / rounds * 1e6].min
  end
end
puts format("own %.1f, wdsocket %.1f", *best)
