<?php
// wdsocket for PHP: require this file, and the functions of the header are there as wdsocket\SocketRead and so on.
//
// A PHP string is bytes: texts of UTF-8 sources are UTF-8, messages may hold anything. Buffers and sizes are made here. What a
// function refuses is thrown as wdsocket\Error: getCode() is one of wdsocket\WDSOCKET_ERR_..., getMessage() says what to do.

namespace wdsocket;

require_once __DIR__ . '/wdsocket_c.php';

class Error extends \RuntimeException {}

/** The library, loaded at the first call. */
function library(): \FFI
{
    static $library = null;
    if ($library === null) {
        if (!extension_loaded('FFI')) {
            throw new Error('wdsocket: this PHP has no FFI: install or enable the extension ffi');
        }
        $name = PHP_OS_FAMILY === 'Windows' ? 'wdsocket.dll' : 'libwdsocket.so.0';
        $path = getenv('WDSOCKET_LIBRARY') ?: $name;
        try {
            $library = \FFI::cdef(DECLARATIONS, $path);
        } catch (\FFI\Exception $error) {
            throw new Error("wdsocket: the library $path cannot be loaded ({$error->getMessage()}); set WDSOCKET_LIBRARY to "
                . "its full path, and see that ffi.enable allows FFI here");
        }
        // What waits inside C ends before PHP takes its own things down.
        register_shutdown_function(fn() => $library->SocketCloseAll());
    }
    return $library;
}

/** The error of the last call. */
function failed(int $code): Error
{
    $text = \FFI::new('char[2048]');
    $length = library()->SocketErrorInfo($text, 2048);
    return new Error(\FFI::string($text, max($length, 0)), $code);
}

/** Runs a function with what a PHP program gives; the word says what that is (see hosts/README.md). */
function call(string $name, string $word, array $given): bool|int|string|array
{
    static $buffer = null, $texts = null, $numbers = null;
    $library = library();
    $buffer ??= $library->new('char[65536]');
    $texts ??= $library->new('char[4097]');
    $numbers ??= $library->new('int32_t[1024]');
    $arguments = [];
    for ($place = 1, $next = 0; $place < strlen($word); $place++) {
        switch ($word[$place]) {
            case 'i':
                $arguments[] = $given[$next++];
                break;
            case 't':
                $text = $given[$next++];
                if ($text !== null && str_contains($text, "\0")) {
                    throw new Error("$name: a text holds a zero, where text for C ends: " . addcslashes($text, "\0"),
                        WDSOCKET_ERR_INVALID_ARGUMENT);
                }
                $arguments[] = $text;
                break;
            case 'd':
                $arguments[] = $given[$next];
                $arguments[] = $given[$next] === null ? -1 : strlen($given[$next]);
                $next++;
                break;
            case 'T':
                array_push($arguments, $texts, 4097);
                break;
            case 'D':
                array_push($arguments, $buffer, 65536);
                break;
            case 'I':
                array_push($arguments, $numbers, 1024);
                break;
        }
    }
    $result = $library->$name(...$arguments);
    $out = $word[strlen($word) - 1];
    if ($out === 'D' && $result === -WDSOCKET_ERR_BUFFER_TOO_SMALL) {
        // The message has stayed; now its size is known.
        $size = $word[1] === 't' ? $library->SocketPending($given[0]) : $library->SocketPendingId($given[0]);
        $larger = $library->new("char[$size]");
        $result = $library->$name(...[...array_slice($arguments, 0, -2), $larger, $size]);
        if ($result >= 0) {
            return \FFI::string($larger, $result);
        }
    }
    if ($result < 0) {
        throw failed(-$result);
    }
    if ($word[0] === 'y') {
        $code = $result === 0 ? $library->SocketErrorCode() : 0;
        // That no client came in time is an answer.
        if ($code !== 0 && !($code === WDSOCKET_ERR_TIMEOUT && str_starts_with($name, 'SocketWait'))) {
            throw failed($code);
        }
        return $result === 1;
    }
    if ($out === 'I') {
        $ids = [];
        for ($place = 0; $place < $result; $place++) {
            $ids[] = $numbers[$place];
        }
        return $ids;
    }
    return $out === 'D' ? \FFI::string($buffer, $result) : ($out === 'T' ? \FFI::string($texts, $result) : $result);
}
