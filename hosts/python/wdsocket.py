"""wdsocket for Python: the functions of the header under their own names, with Python's types.

    import wdsocket as wd

    with wd.closing("till"):
        wd.SocketConnect("till", 4000, "192.0.2.7", 5000)
        wd.SocketWrite("till", "one tea")
        print(wd.SocketRead("till").decode())

Text is str (UTF-8 on its way), messages come as bytes and go as bytes or str, buffers and sizes are nobody's business. What a
function of the header refuses is raised as wd.Error, with its code and its text. Parameters at the end may be left out.
"""

import contextlib
import ctypes
import functools
import os
import re
import sys
import threading
import time

from wdsocket_c import *
from wdsocket_c import FUNCTIONS, declare


class Error(OSError):
    """What a call refused: code is one of WDSOCKET_ERR_..., text says what went wrong and what to do."""

    def __init__(self, code, text):
        super().__init__(text)
        self.code, self.text = code, text


def _load():
    name = {"win32": "wdsocket.dll", "darwin": "libwdsocket.dylib"}.get(sys.platform, "libwdsocket.so.0")
    beside = os.path.join(os.path.dirname(os.path.abspath(__file__)), "wdsocket_library", name)  # a wheel has it there
    path = os.environ.get("WDSOCKET_LIBRARY") or (beside if os.path.exists(beside) else name)
    try:
        library = (ctypes.WinDLL if sys.platform == "win32" else ctypes.CDLL)(path)
    except OSError as error:
        raise ImportError(f"wdsocket: the library {path} cannot be loaded ({error}); "
                          "set WDSOCKET_LIBRARY to its full path, and take the one of Python's own 32 or 64 bits") from None
    declare(library)
    return library


_library = _load()
_own = threading.local()

# Ctrl-C is seen between two calls into C, so the main thread's long waits are made of short ones.
_SLICE = 200


def _text_of(function, *arguments):
    text = ctypes.create_string_buffer(2048)
    length = function(*arguments, text, len(text))
    return text[:max(length, 0)].decode()


def _failed(code, wait=None):
    """The error of the call that this very thread has just made, which may have been the last slice of a wait."""
    text = _text_of(_library.SocketErrorInfo) or _text_of(_library.SocketErrorText, code)
    if code == WDSOCKET_ERR_TIMEOUT and wait is not None:
        text = re.sub(r"\bwithin \d+ ms", f"within {wait} ms", text)
    return Error(code, text)


def _text(function, name, value):
    if value is None or isinstance(value, bytes):
        data = value
    elif isinstance(value, str):
        data = value.encode()
    else:
        raise TypeError(f"{function}: {name} is text (str, bytes or None), not {type(value).__name__}")
    if data and b"\0" in data:
        raise ValueError(f"{function}: {name} holds a zero, where text for C ends: {value!r}")
    return data


def _sliced(milliseconds, call):
    """A wait, given as its time and what makes the call with another one; None is without limit."""
    if threading.current_thread() is not threading.main_thread():
        return call(WDSOCKET_INFINITE if milliseconds is None else milliseconds)
    if milliseconds is not None and milliseconds <= _SLICE:
        return call(milliseconds)
    end = None if milliseconds is None else time.monotonic() + milliseconds / 1000
    while True:
        left = _SLICE if end is None else min(_SLICE, round((end - time.monotonic()) * 1000))
        result = call(max(left, 0))
        if result > 0 or left <= 0 or _library.SocketErrorCode() not in (WDSOCKET_OK, WDSOCKET_ERR_TIMEOUT):
            return result
        if result == 0 and _library.SocketErrorCode() == WDSOCKET_OK and call.__name__ == "read":
            return result  # an empty message


_FORMS = {name: (getattr(_library, name), getattr(_library, name + "Id"))
          for name in ("SocketRead", "SocketWrite", "SocketPending", "SocketWaitForConnection", "SocketWatchWait")}


@functools.lru_cache(1024)
def _form(name, handle):
    """The function for a name or an id, and what it takes."""
    by_name, by_id = _FORMS[name]
    return (by_id, handle) if isinstance(handle, int) else (by_name, _text(name, "name", handle))


def SocketRead(name, undefined_wait=False, timeout=WDSOCKET_DEFAULT, capacity=65536):
    """The next message, as bytes. A larger one than the capacity is read all the same."""
    function, handle = _form("SocketRead", name)
    buffer = getattr(_own, "buffer", None)
    if buffer is None or len(buffer) < capacity:
        buffer = _own.buffer = ctypes.create_string_buffer(capacity)
    wait = None if undefined_wait or timeout == WDSOCKET_INFINITE else 1000 if timeout == WDSOCKET_DEFAULT else timeout
    # Most messages come soon, and cost one call.
    first = _SLICE if wait is None or wait > _SLICE else wait
    result = function(handle, 0, first, buffer, capacity)
    if result >= 0:
        return buffer[:result]

    def read(milliseconds):
        return function(handle, 0, milliseconds, buffer, capacity)

    if result == -WDSOCKET_ERR_TIMEOUT and first != wait:
        result = _sliced(wait and wait - first, read)
    while result == -WDSOCKET_ERR_BUFFER_TOO_SMALL:
        # The message has stayed; now its size is known.
        capacity = _form("SocketPending", name)[0](handle)
        buffer = ctypes.create_string_buffer(max(capacity, 1))
        result = read(0)
    if result < 0:
        raise _failed(-result, wait)
    return buffer[:result]


def SocketWrite(name, data):
    """Sends a message: bytes, or str as UTF-8."""
    function, handle = _form("SocketWrite", name)
    data = data if isinstance(data, bytes) else data.encode() if isinstance(data, str) else bytes(data)
    if function(handle, data, len(data)) != 1:
        raise _failed(_library.SocketErrorCode())


def SocketWaitForConnection(name, timeout=WDSOCKET_INFINITE):
    """Whether a client is waiting; False when none came in time."""
    function, handle = _form("SocketWaitForConnection", name)

    def wait(milliseconds):
        return function(handle, milliseconds)

    if _sliced(None if timeout < 0 else timeout, wait) == 1:
        return True
    code = _library.SocketErrorCode()
    if code != WDSOCKET_ERR_TIMEOUT:
        raise _failed(code)
    return False


def SocketWatchWait(watch, timeout=WDSOCKET_DEFAULT, capacity=1024):
    """The ids of the sockets that are ready, as a list."""
    function, handle = _form("SocketWatchWait", watch)
    ids = (ctypes.c_int32 * capacity)()

    def wait(milliseconds):
        return function(handle, milliseconds, ids, capacity)

    result = _sliced({WDSOCKET_INFINITE: None, WDSOCKET_DEFAULT: 1000}.get(timeout, timeout), wait)
    if result < 0:
        raise _failed(-result)
    return ids[:result]


SocketReadId, SocketWriteId = SocketRead, SocketWrite
SocketWaitForConnectionId, SocketWatchWaitId = SocketWaitForConnection, SocketWatchWait


def _made(name, word, given):
    """All others: made of what the declarations say of them."""
    function = getattr(_library, name)
    defaults = {"timeout": WDSOCKET_DEFAULT, "options": 0}

    def call(*values):
        if len(values) > len(given):
            raise TypeError(f"{name} takes {', '.join(given)}, and was given {len(values)} values")
        values += tuple(defaults.get(missing) for missing in given[len(values):])
        arguments, left, text = [], iter(zip(given, values)), None
        for letter in word[1:]:
            if letter == "T":
                text = ctypes.create_string_buffer(4097)
                arguments += [text, len(text)]
                continue
            parameter, value = next(left)
            if letter == "i":
                arguments.append(value)
            elif letter == "t":
                arguments.append(_text(name, parameter, value))
            else:
                data = value.encode() if isinstance(value, str) else value
                arguments += [data, -1 if data is None else len(data)]
        result = function(*arguments)
        if result < 0:
            raise _failed(-result)
        if word[0] == "y" and result == 0 and (code := _library.SocketErrorCode()):
            raise _failed(code)
        return text[:result].decode() if text else result == 1 if word[0] == "y" else result

    call.__name__ = call.__qualname__ = name
    call.__doc__ = f"{name}({', '.join(given)}): see wdsocket.h."
    return call


for _name, (_word, _given, _) in FUNCTIONS.items():
    if _name not in globals():
        globals()[_name] = _made(_name, _word, _given)


@contextlib.contextmanager
def closing(name):
    """Closes a socket at the end of a with, whatever happens in it."""
    try:
        yield name
    finally:
        SocketCloseId(name) if isinstance(name, int) else SocketClose(name)
