-- An echo of 64 bytes: bench.lua PORT ROUNDS. LuaJIT has no sockets of its own: the system's calls through its ffi stand for them.
local ffi = require "ffi"
local wd = require "wdsocket"

ffi.cdef [[
struct address { uint16_t family, port; uint32_t host; char rest[8]; };
struct moment { long seconds, nanoseconds; };
int socket(int, int, int); int connect(int, const struct address *, uint32_t); uint16_t htons(uint16_t); uint32_t htonl(uint32_t);
int setsockopt(int, int, int, const int32_t *, uint32_t);
long send(int, const char *, unsigned long, int); long recv(int, char *, unsigned long, int);
int clock_gettime(int, struct moment *);
]]
local port, rounds, data = tonumber(arg[1]), tonumber(arg[2]), ("x"):rep(64)
local C = ffi.C
local own = C.socket(2, 1, 0)
assert(C.connect(own, ffi.new("struct address", 2, C.htons(port), C.htonl(0x7f000001)), 16) == 0)
C.setsockopt(own, 6, 1, ffi.new("int32_t[1]", 1), 4)
assert(wd.SocketConnect("echo", port, "127.0.0.1"))
wd.SocketChangeTransmissionMode("echo", wd.SocketNoEndTag, nil)

local buffer, moment = ffi.new "char[64]", ffi.new "struct moment"
local function now()
  C.clock_gettime(1, moment)
  return tonumber(moment.seconds) + tonumber(moment.nanoseconds) / 1e9
end
local exchanges = {
  function()
    C.send(own, data, 64, 0)
    return ffi.string(buffer, C.recv(own, buffer, 64, 0))
  end,
  function()
    wd.SocketWrite("echo", data)
    return wd.SocketRead("echo", 1)
  end,
}
local best = { 1e9, 1e9 }
for _ = 1, 5 do
  for which, exchange in ipairs(exchanges) do
    local start = now()
    for _ = 1, rounds do exchange() end
    best[which] = math.min(best[which], (now() - start) / rounds * 1e6)
  end
end
print(("own %.1f, wdsocket %.1f"):format(best[1], best[2]))
