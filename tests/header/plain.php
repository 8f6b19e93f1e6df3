<?php
// PHP reads the declarations of a file and calls a function: plain.php HEADER LIBRARY
$library = FFI::cdef(file_get_contents($argv[1]), $argv[2]);
$text = $library->new('char[128]');
if ($library->SocketVersion($text, 128) <= 0
    || $library->SocketGetOption(null, $library->SocketBacklog) !== 1024
    || $library->SocketReadId(1, 0, 0, null, 0) !== -$library->WDSOCKET_ERR_NOT_FOUND)
    exit(1);
echo FFI::string($text), "\n";
