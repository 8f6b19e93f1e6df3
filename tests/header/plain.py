"""cffi reads the declarations of a file and calls a function: plain.py HEADER LIBRARY"""
import sys

import cffi

ffi = cffi.FFI()
with open(sys.argv[1], encoding="utf-8") as header:
    ffi.cdef(header.read())
library = ffi.dlopen(sys.argv[2])
text = ffi.new("char[128]")
assert library.SocketVersion(text, 128) > 0
assert library.SocketGetOption(ffi.NULL, library.SocketBacklog) == 1024
assert library.SocketReadId(1, 0, 0, ffi.NULL, 0) == -library.WDSOCKET_ERR_NOT_FOUND
print(ffi.string(text).decode())
