#!/bin/bash
# ./hosts/bench.sh [LANG…]   an echo of 64 bytes with the language's own sockets and with wdsocket, in turns, against one server in C
#
# Prints microseconds an exchange, the best of five rounds of each. All runs on one processor: with several, the system moves client
# and server anew each time, and that alone makes an exchange two or three times as long. For languages whose runtime is here and that have a bench.* file.
# Fortran and COBOL have no sockets of their own to compare with.
set -u
cd "$(dirname "$0")/.." || exit 1
[ "$#" -gt 0 ] || set -- $(cd hosts && ls */[Bb]ench.* | sed 's|/.*||')
folder=$(mktemp -d)
processor=$(taskset -pc $$ 2>/dev/null | sed 's/.*[^0-9]//')
[ -z "$processor" ] || taskset -pc "$processor" $$ >/dev/null
library=${WDSOCKET_LIBRARY:-$PWD/target/release/libwdsocket.so}
ln -s "$library" "$folder/libwdsocket.so"
ln -s "$library" "$folder/libwdsocket.so.0"
export WDSOCKET_LIBRARY=$folder/libwdsocket.so.0 LD_LIBRARY_PATH=$folder
gcc -O2 -pthread hosts/bench/echo.c -o "$folder/echo" || exit 1
mkfifo "$folder/hold"
: >"$folder/port"
"$folder/echo" <"$folder/hold" >"$folder/port" &
exec 9>"$folder/hold"
trap 'exec 9>&-; wait; rm -rf "$folder"' EXIT
until read -r port <"$folder/port"; do sleep 0.05; done
rounds=${ROUNDS:-2000}

for language; do
    (
        exec 9>&-
        cd "hosts/$language" || exit
        case $language in
        ada) gnatmake -q -gnat2020 -O2 -D "$folder" -o "$folder/ada" bench.adb -largs -L"$folder" && "$folder/ada" "$port" "$rounds" ;;
        cpp) g++ -std=c++17 -O2 -I../../include bench.cpp -o "$folder/cpp" -L"$folder" -lwdsocket && "$folder/cpp" "$port" "$rounds" ;;
        csharp)
            mcs -optimize -out:"$folder/Bench.exe" Wdsocket.cs Wdsockets.cs Bench.cs && mono "$folder/Bench.exe" "$port" "$rounds"
            ;;
        java)
            javac -cp /usr/share/java/jna.jar -d "$folder" Wdsocket.java Wd.java Bench.java &&
                java -cp "/usr/share/java/jna.jar:$folder" Bench "$port" "$rounds"
            ;;
        lisp) sbcl --script bench.lisp "$port" "$rounds" ;;
        lua) luajit bench.lua "$port" "$rounds" ;;
        node) node bench.js "$port" "$rounds" ;;
        pascal)
            fpc -v0 -O2 -Mdelphi -Fl"$folder" -FU"$folder" -FE"$folder" bench.pas >"$folder/pascal.log" && "$folder/bench" "$port" "$rounds"
            ;;
        perl) perl bench.pl "$port" "$rounds" ;;
        php) php bench.php "$port" "$rounds" ;;
        python) python3 -B bench.py "$port" "$rounds" ;;
        ruby) ruby bench.rb "$port" "$rounds" ;;
        tcl)
            gcc -shared -fPIC -O2 -I/usr/include/tcl8.6 wdsocket_tcl.c -o "$folder/wdsocket_tcl.so" -ldl &&
                WDSOCKET_TCL=$folder/wdsocket_tcl.so tclsh bench.tcl "$port" "$rounds"
            ;;
        esac
    ) | sed "s/^/$language: /"
done
