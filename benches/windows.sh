#!/bin/bash
# ./benches/windows.sh [x64|x86]…   both when none is named
#
# Measures the DLLs under Wine beside plain Winsock under the same Wine, after ./windows.sh build.
# WDSOCKET_BENCH_CPUS names the two processors to use, as taskset does (default: 0,1).
set -euo pipefail
cd "$(dirname "$0")/.."

for part in toolchain wine; do
    source "scripts/windows/$part.sh"
done
say() { echo "windows.sh: $*" >&2; }

[ $# -gt 0 ] || set -- x64 x86
folder=$(mktemp -d /tmp/wdsocket-bench.XXXXXX) # where run32 finds it too
trap 'rm -rf "$folder"' EXIT
for which in "$@"; do
    case $which in
        x64) machine=x86_64 run=run64 && wine64 ;;
        x86) machine=i686 run=run32 && wine32 ;;
        *) sed -n '2,/^set/{/^#/p}' "$0" && exit 2 ;;
    esac
    cp "dist/windows/$which/wdsocket.dll" "$folder/"
    "$machine-w64-mingw32-gcc" -std=gnu11 -O2 -Wall -Wextra -Werror -D__USE_MINGW_ANSI_STDIO=1 -Iinclude \
        benches/windows.c -o "$folder/windows.exe" "dist/windows/$which/libwdsocket.dll.a" -static -lws2_32
    echo "$which, under Wine:"
    (cd "$folder" && timeout 120 taskset -c "${WDSOCKET_BENCH_CPUS:-0,1}" "$cache/bin/$run" ./windows.exe)
done
