# frozen_string_literal: true

# A client and a server in Ruby, in clear and under TLS.
#
#   demo.rb talk PORT TLS_PORT TRUSTED.pem   talks with a server of each kind
#   demo.rb serve CERTIFICATE.pem            prints its two ports and serves one client of each kind
require_relative "wdsocket"

WD = WDSocket
TIME = 20_000

def utf8(bytes) = bytes.dup.force_encoding("UTF-8")

def clients(port, tls_port, trusted)
  WD.SocketConnect("till", port, "127.0.0.1", TIME)
  WD.SocketWrite("till", "Zoë")
  puts "client: #{utf8(WD.SocketRead('till', 0, TIME))}"
  WD.SocketClose("till")

  WD.SocketSetText("bank", WD::SSLCaFile, trusted)
  WD.SocketConnectSSL("bank", tls_port, "localhost", 0, TIME)
  WD.SocketWrite("bank", "Zoë")
  puts "TLS: #{WD.SocketSSLInfo('bank', WD::SSLProtocol)} #{utf8(WD.SocketRead('bank', 0, TIME))}"
  WD.SocketClose("bank")
  begin
    WD.SocketConnectSSL("bank", tls_port, "localhost", 0, TIME)
  rescue WD::Error => e
    puts "not trusted: #{e.code} #{e.message}"
  end
end

# One thread reads, another writes, this one closes.
def threads
  WD.SocketCreate("server", 0, "127.0.0.1")
  WD.SocketConnect("left", Integer(WD.SocketLocalInfo("server", WD::SocketPort)), "127.0.0.1", TIME)
  WD.SocketWaitForConnection("server", TIME)
  right = WD.SocketAccept("server")
  messages = Queue.new
  reader = Thread.new do
    loop { messages << WD.SocketRead(right, 1) }
  rescue WD::Error => e
    e.message
  end
  writer = Thread.new { %w[one two three].each { |word| WD.SocketWrite("left", word) } }
  read = Array.new(3) { messages.pop }
  WD.SocketClose(right)
  writer.join
  puts "threads: #{read.size} messages, then #{reader.value}"
end

def leave_with_a_thread_inside(port)
  WD.SocketConnect("last", port, "127.0.0.1", TIME)
  Thread.new { WD.SocketRead("last", 1) }.report_on_exception = false
  puts "leaving with a thread inside SocketRead"
end

def serve(certificate)
  WD.SocketCreate("clear", 0, "127.0.0.1")
  WD.SocketCreateSSL("secure", 0, certificate, 0, "127.0.0.1")
  puts "#{WD.SocketLocalInfo('clear', WD::SocketPort)} #{WD.SocketLocalInfo('secure', WD::SocketPort)}"
  $stdout.flush
  %w[clear secure].each do |server|
    next unless WD.SocketWaitForConnection(server, TIME)

    channel = WD.SocketAccept(server)
    WD.SocketWrite(channel, "Welcome, ".b + WD.SocketRead(channel, 0, TIME) + "!".b)
    WD.SocketClose(channel)
  end
end

if ARGV[0] == "talk"
  clients(Integer(ARGV[1]), Integer(ARGV[2]), ARGV[3])
  threads
  leave_with_a_thread_inside(Integer(ARGV[1]))
else
  serve(ARGV[1])
end
