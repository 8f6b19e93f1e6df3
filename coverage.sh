#!/bin/bash
# ./coverage.sh [TEST…]: runs the tests, or those named, with an instrumented library, and prints the share of each file's lines that
# they reach. Takes cargo-llvm-cov (cargo install cargo-llvm-cov) and LLVM's tools. 77: it cannot run here.
set -u
cd "$(dirname "$0")" || exit 1
. scripts/install.sh
. scripts/built_openssl.sh

find_rust || { echo "skipped: coverage: there is no Rust $(rust_minimum) here" && exit 77; }
cargo llvm-cov --version >/dev/null 2>&1 || { echo "skipped: coverage: cargo-llvm-cov is not installed" && exit 77; }
# Rust's own tools where they are installed, or else the system's newest.
if ! ls "$(rustc --print sysroot)"/lib/rustlib/*/bin/llvm-profdata >/dev/null 2>&1; then
    tools=$(ls -d /usr/lib/llvm-*/bin/llvm-profdata 2>/dev/null | sort -V | tail -n 1)
    [ -n "$tools" ] || { echo "skipped: coverage: there is no llvm-profdata (rustup component add llvm-tools)" && exit 77; }
    export LLVM_PROFDATA=$tools LLVM_COV=${tools%profdata}cov
fi
use_built_openssl
# What a shipped library gains by it takes minutes for each of the test programs, and changes nothing that counts here.
export CARGO_PROFILE_RELEASE_LTO=off CARGO_PROFILE_RELEASE_CODEGEN_UNITS=16
tests=()
for name in "$@"; do tests+=(--test "$name"); done
# Some tests measure time or instructions, which an instrumented library misses: what they reach counts all the same.
cargo llvm-cov --release --ignore-run-fail --summary-only "${tests[@]}"
