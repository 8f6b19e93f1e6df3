#!/bin/bash
# ./benches/core.sh [echo|udp|blocks|messages|connections|memory|registry|watch|fair|wake]…   all of them when none is named
#
# Measures the library side by side with plain C; benches/README.md says how to read the result.
# WDSOCKET_BENCH_CPUS names the two processors to use, as taskset does (default: 0,1).
set -u
cd "$(dirname "$0")/.." || exit 1

cargo build --release || exit 1
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
ln -s "$PWD/target/release/libwdsocket.so" "$folder/libwdsocket.so.0"
for program in echo udp stream connections registry watch; do
    cc -std=gnu11 -O2 -Wall -Wextra -Werror -pthread -Iinclude "benches/$program.c" -o "$folder/$program" \
        -Ltarget/release -lwdsocket -Wl,-rpath,"$folder" || exit 1
done

printf '%-58s %-34s %-22s\n' "what" "result" "target"
[ $# -gt 0 ] || set -- echo udp blocks messages connections memory registry watch fair wake
for bench in "$@"; do
    case $bench in
    blocks | messages) program=stream ;;
    memory) program=connections ;;
    fair | wake) program=watch ;;
    *) program=$bench ;;
    esac
    timeout 120 taskset -c "${WDSOCKET_BENCH_CPUS:-0,1}" "$folder/$program" "$bench" || exit 1
done
