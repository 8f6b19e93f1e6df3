-- wdsocket for LuaJIT: local wd = require "wdsocket", then wd.SocketRead("till") and so on, with the header's names.
--
-- A Lua string is bytes: texts of UTF-8 sources are UTF-8, messages may hold anything. Buffers and sizes are made here. A call
-- that is refused gives nil, the text and the code, as Lua's own io does; assert(wd.SocketConnect(...)) makes an error of it.

local ffi = require "ffi"
local declared = require "wdsocket_c"

local wd = {}
for name, value in pairs(declared.constants) do wd[name] = value end

local path = os.getenv "WDSOCKET_LIBRARY" or (ffi.os == "Windows" and "wdsocket" or "libwdsocket.so.0")
local found, library = pcall(ffi.load, path)
if not found then
  error("wdsocket: the library " .. path .. " cannot be loaded (" .. library ..
    "); set WDSOCKET_LIBRARY to its full path", 0)
end

local buffer, texts, numbers = ffi.new "char[65536]", ffi.new "char[4097]", ffi.new "int32_t[1024]"

-- The error of the last call.
local function failed(code)
  local length = tonumber(library.SocketErrorInfo(texts, 4097))
  return nil, ffi.string(texts, math.max(length, 0)), code
end

-- What yes or no becomes. That no client came in time is an answer.
local function answered(name)
  local code = tonumber(library.SocketErrorCode())
  if code == 0 or code == wd.WDSOCKET_ERR_TIMEOUT and name:match "^SocketWait" then return false end
  return failed(code)
end

-- The message that did not fit has stayed; now its size is known.
local function read_large(name, handle, wait, timeout)
  local size = math.max(tonumber((name:match "Id$" and library.SocketPendingId or library.SocketPending)(handle)), 1)
  local large = ffi.new("char[?]", size)
  local result = tonumber(library[name](handle, wait, timeout, large, size))
  if result < 0 then return failed(-result) end
  return ffi.string(large, result)
end

local function zero(name, value)
  error(name .. " holds a zero, where text for C ends: " .. value:gsub("%z", "\\0"), 3)
end

local function listed(count)
  local ids = {}
  for at = 1, count do ids[at] = numbers[at - 1] end
  return ids
end

local surroundings = { library = library, buffer = buffer, texts = texts, numbers = numbers, failed = failed, answered = answered,
  read_large = read_large, zero = zero, listed = listed, tonumber = tonumber, text_of = ffi.string }
local rooms = { T = "texts, 4097", D = "buffer, 65536", I = "numbers, 1024" }
local answers = { T = "text_of(texts, result)", D = "text_of(buffer, result)", I = "listed(result)" }

-- A function of the header with Lua's values, written of its word (see hosts/README.md), so that LuaJIT compiles it.
local function made(name, word, given)
  local lines, arguments, place = {}, {}, 0
  local function line(text, ...) lines[#lines + 1] = text:format(...) end
  line("local run = library.%s return function(%s)", name, table.concat(given, ", "))
  for letter in word:sub(2):gmatch "." do
    local one = given[place + 1]
    if rooms[letter] then
      arguments[#arguments + 1] = rooms[letter]
    else
      place = place + 1
      arguments[#arguments + 1] = one
      if letter == "i" then line("if %s == nil then %s = %d end", one, one, one == "timeout" and wd.WDSOCKET_DEFAULT or 0) end
      if letter == "t" then line("if %s and %s:find('\\0', 1, true) then zero('%s: %s', %s) end", one, one, name, one, one) end
      if letter == "d" then arguments[#arguments + 1] = ("%s and #%s or -1"):format(one, one) end
    end
  end
  local last = word:sub(-1)
  line("local result = tonumber(run(%s))", table.concat(arguments, ", "))
  if last == "D" then
    line("if result == %d then return read_large('%s', %s) end", -wd.WDSOCKET_ERR_BUFFER_TOO_SMALL, name, table.concat(given, ", "))
  end
  line "if result < 0 then return failed(-result) end"
  if word:sub(1, 1) == "y" then line("if result == 1 then return true end return answered('%s')", name)
  else line("return %s", answers[last] or "result") end
  line "end"
  return setfenv(assert(loadstring(table.concat(lines, "\n"), "=" .. name)), surroundings)()
end

for name, row in pairs(declared.functions) do
  if row[1] then wd[name] = made(name, row[1], row[2]) end
end

return wd
