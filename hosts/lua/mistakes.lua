-- What goes wrong first, and what the answer is: mistakes.lua PORT of a server that greets.

local found, wd = pcall(require, "wdsocket")
if not found then
  print(wd)
  os.exit(1)
end

local function refused(what, call, ...)
  local ran, answer, text = pcall(call, ...)
  print(what .. ": " .. (not ran and answer or text or "was not refused"))
end

assert(wd.SocketConnect("till", tonumber(arg[1]), "127.0.0.1", 20000))
wd.SocketWrite("till", "Grüße")
print("accents: " .. wd.SocketRead("till", 0, 20000))
wd.SocketWrite("till", "a\0b")
print("zero inside: " .. (wd.SocketRead("till", 0, 20000):gsub("%z", "\\0")))
wd.SocketWrite("till", ("x"):rep(65536))
print("large: " .. #wd.SocketRead("till", 0, 20000))
refused("zero in a name", wd.SocketWrite, "ti\0ll", "x")
refused("blank behind a name", wd.SocketWrite, "till ", "x")
refused("wrong port", wd.SocketConnect, "other", 1, "127.0.0.1")
refused("no port", wd.SocketConnect, "other", 70000, "127.0.0.1")
