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

-- A function of the header with Lua's values; the word says what they are (see hosts/README.md).
local function made(name, word, given)
  local run, out, last = library[name], word:match "[TDI]$", #given
  local yes_no, waits = word:sub(1, 1) == "y", name:match "^SocketWait"
  return function(...)
    local arguments, count, place = {}, 0, 0
    for letter in word:sub(2):gmatch "[itd]" do
      place, count = place + 1, count + 1
      local value = select(place, ...)
      if value == nil and letter == "i" then value = given[place] == "timeout" and wd.WDSOCKET_DEFAULT or 0 end
      if letter == "t" and value and value:find("\0", 1, true) then
        error(name .. ": " .. given[place] .. " holds a zero, where text for C ends: " .. value:gsub("%z", "\\0"), 2)
      end
      arguments[count] = value
      if letter == "d" then
        count = count + 1
        arguments[count] = value and #value or -1
      end
    end
    local kept, size = texts, 4097
    if out == "D" then kept, size = buffer, 65536 elseif out == "I" then kept, size = numbers, 1024 end
    if out then
      arguments[count + 1], arguments[count + 2] = kept, size
      count = count + 2
    end
    local result = tonumber(run(unpack(arguments, 1, count)))
    if out == "D" and result == -wd.WDSOCKET_ERR_BUFFER_TOO_SMALL then
      -- The message has stayed; now its size is known.
      size = tonumber((name:match "Id$" and library.SocketPendingId or library.SocketPending)(arguments[1]))
      kept = ffi.new("char[?]", size)
      arguments[count - 1], arguments[count] = kept, size
      result = tonumber(run(unpack(arguments, 1, count)))
    end
    if result < 0 then return failed(-result) end
    if yes_no then
      if result == 1 then return true end
      local code = tonumber(library.SocketErrorCode())
      -- That no client came in time is an answer.
      if code == 0 or waits and code == wd.WDSOCKET_ERR_TIMEOUT then return false end
      return failed(code)
    elseif out == "I" then
      local ids = {}
      for at = 1, result do ids[at] = numbers[at - 1] end
      return ids
    end
    return out and ffi.string(kept, result) or result
  end
end

for name, row in pairs(declared.functions) do
  if row[1] then wd[name] = made(name, row[1], row[2]) end
end

return wd
