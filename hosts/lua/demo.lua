-- A client and a server in LuaJIT, in clear and under TLS.
--
--   demo.lua talk PORT TLS_PORT TRUSTED.pem   talks with a server of each kind
--   demo.lua serve CERTIFICATE.pem            prints its two ports and serves one client of each kind

local wd = require "wdsocket"

local TIME = 20000

local function clients(port, tls_port, trusted)
  assert(wd.SocketConnect("till", port, "127.0.0.1", TIME))
  assert(wd.SocketWrite("till", "Zoë"))
  print("client: " .. assert(wd.SocketRead("till", 0, TIME)))
  wd.SocketClose "till"

  assert(wd.SocketSetText("bank", wd.SSLCaFile, trusted))
  assert(wd.SocketConnectSSL("bank", tls_port, "localhost", 0, TIME))
  assert(wd.SocketWrite("bank", "Zoë"))
  print("TLS: " .. wd.SocketSSLInfo("bank", wd.SSLProtocol) .. " " .. assert(wd.SocketRead("bank", 0, TIME)))
  wd.SocketClose "bank"
  local connected, text, code = wd.SocketConnectSSL("bank", tls_port, "localhost", 0, TIME)
  if not connected then print("not trusted: " .. code .. " " .. text) end
end

local function serve(certificate)
  assert(wd.SocketCreate("clear", 0, "127.0.0.1"))
  assert(wd.SocketCreateSSL("secure", 0, certificate, 0, "127.0.0.1"))
  print(wd.SocketLocalInfo("clear", wd.SocketPort) .. " " .. wd.SocketLocalInfo("secure", wd.SocketPort))
  io.stdout:flush()
  for _, server in ipairs { "clear", "secure" } do
    if wd.SocketWaitForConnection(server, TIME) then
      local channel = assert(wd.SocketAccept(server))
      wd.SocketWrite(channel, "Welcome, " .. assert(wd.SocketRead(channel, 0, TIME)) .. "!")
      wd.SocketClose(channel)
    end
  end
end

if arg[1] == "talk" then
  clients(tonumber(arg[2]), tonumber(arg[3]), arg[4])
  print "threads: none in this language"
else
  serve(arg[2])
end
