#!/bin/bash
# ./fuzz.sh [SECONDS [TARGET]…]: feeds each target of fuzz/ for so many seconds (default 60), beginning with its seeds, and
# says how many inputs it tried. What it finds lies in target/fuzz. Ends with "N passed, N failed"; 77: it cannot run here.
set -u
cd "$(dirname "$0")" || exit 1
. scripts/install.sh

seconds=${1:-60}
[ $# -eq 0 ] || shift
[ $# -gt 0 ] || set -- framing certificates texts calls peers
out=$PWD/target/fuzz
passed=0 failed=0

install_programs g++ || { echo "skipped: fuzzing: there is no C++ compiler" && exit 77; }
# Never installs or updates a toolchain for its own sake.
find_rust || { echo "skipped: fuzzing: there is no Rust $(rust_minimum) here" && exit 77; }
# What cargo-fuzz gives to the compiler, without its need of a nightly one.
flags="-Cpasses=sancov-module -Cllvm-args=-sanitizer-coverage-level=4 -Cllvm-args=-sanitizer-coverage-inline-8bit-counters
    -Cllvm-args=-sanitizer-coverage-pc-table -Ccodegen-units=1 --cfg fuzzing"
if [ ! -e /usr/include/openssl/ssl.h ]; then
    echo "skipped: fuzzing: the targets take the system's OpenSSL, whose headers (libssl-dev) are not here"
    exit 77
fi
if ! RUSTC_BOOTSTRAP=1 RUSTFLAGS=$flags cargo build -q --release --manifest-path fuzz/Cargo.toml --target-dir "$out" \
    --target x86_64-unknown-linux-gnu; then
    echo "not ok - the targets do not build"
    echo "0 passed, 1 failed"
    exit 1
fi
for target in "$@"; do
    mkdir -p "$out/corpus/$target"
    if "$out/x86_64-unknown-linux-gnu/release/$target" "$out/corpus/$target" "fuzz/seeds/$target" -max_total_time="$seconds" \
        -timeout=20 -rss_limit_mb=2048 -max_len=8192 -artifact_prefix="$out/$target-" -print_final_stats=1 \
        >"$out/$target.log" 2>&1; then
        passed=$((passed + 1))
        echo "ok - $target: $(sed -n 's/^stat::number_of_executed_units: *//p' "$out/$target.log") inputs in $seconds seconds"
    else
        failed=$((failed + 1))
        echo "not ok - $target"
        tail -n 40 "$out/$target.log"
    fi
    rm -rf /dev/shm/wdsocket-fuzz-*
done
echo "$passed passed, $failed failed"
[ "$failed" -eq 0 ]
