#!/bin/bash
# ./test.sh          builds the library, checks formatting and lints, runs every test
# ./test.sh --long   runs only the longer parts: races under ThreadSanitizer, C programs under valgrind, failing system
#                    calls and allocations, a soak of a minute, fuzzing, the licences of what is linked in, a build with the
#                    oldest Rust, an installed library; and says whether there is a newer OpenSSL than the one inside
#
# Installs what is missing on Debian and Ubuntu. The last line is "N passed, N failed, N skipped"; the exit status is 0
# when nothing failed.
set -u -o pipefail
cd "$(dirname "$0")" || exit 1
. scripts/install.sh
. scripts/progress.sh
. scripts/built_openssl.sh

case "${1-}" in
"" | --long) ;;
*)
    echo "usage: ./test.sh [--long]" >&2
    exit 2
    ;;
esac

passed=0 failed=0 skipped=0
log=$(mktemp)
trap 'rm -f "$log"' EXIT

finish() {
    echo "$passed passed, $failed failed, $skipped skipped"
    [ "$failed" -eq 0 ] && [ "$passed" -gt 0 ]
    exit
}

# check NAME COMMAND…: one check that passes or fails as a whole.
check() {
    local name=$1
    shift
    if "$@"; then
        passed=$((passed + 1))
        echo "ok: $name"
    else
        failed=$((failed + 1))
        echo "FAILED: $name"
    fi
}

# pass_over NAME REASON: a check that cannot run on this machine.
pass_over() {
    skipped=$((skipped + 1))
    echo "skipped: $1: $2"
}

# rust_tests ARGUMENTS…: runs cargo test and adds up what every test program reports. A test that cannot run on this
# machine says "skipped: reason" and returns, which Rust counts as passed.
rust_tests() {
    local here_passed here_failed here_skipped status=0
    if with_progress cargo test --release --no-run; then
        cargo test --release "$@" 2>&1 | tee "$log" || status=1
    else
        status=1
        : >"$log"
    fi
    here_passed=$(sum_of passed)
    here_failed=$(sum_of failed)
    here_skipped=$(grep -c 'skipped: ' "$log")
    [ "$status" -eq 0 ] || [ "$here_failed" -gt 0 ] || here_failed=1 # it did not build, or a test program died
    passed=$((passed + here_passed - here_skipped))
    failed=$((failed + here_failed))
    skipped=$((skipped + here_skipped))
}

# counted COMMAND…: a command that says "N passed, N failed" at its end, or ends with 77 where it cannot run.
counted() {
    local here_failed=0 status=0 counts
    "$@" 2>&1 | tee "$log" || status=$?
    counts=$(grep -oE '^[0-9]+ passed, [0-9]+ failed' "$log" | tail -n 1)
    if [ -n "$counts" ]; then
        passed=$((passed + ${counts%% *}))
        counts=${counts#*, }
        here_failed=${counts%% *}
    fi
    case $status in
    0) ;;
    77) skipped=$((skipped + 1)) ;;
    *) [ "$here_failed" -gt 0 ] || here_failed=1 ;; # it stopped half-way
    esac
    failed=$((failed + here_failed))
}

# The locks and turns in every order of their threads.
models() {
    (cd models && RUSTFLAGS="--cfg loom" cargo test --release --target-dir ../target/models)
}

# Licences and sources of everything that is linked in, as deny.toml allows them.
dependencies() { cargo deny --offline check licenses sources bans; }

# The folder of a toolchain of the oldest Rust that Cargo.toml allows.
oldest_rust() {
    local folder
    for folder in "${RUSTUP_HOME:-$HOME/.rustup}/toolchains/$(rust_minimum)"[.-]*/bin "/usr/lib/rust-$(rust_minimum)/bin"; do
        [ -x "$folder/cargo" ] && echo "$folder" && return 0
    done
    return 1
}

builds_with() (
    unset CARGO RUSTC RUSTUP_TOOLCHAIN
    export PATH=$1:$PATH
    use_built_openssl
    cargo build --release --lib --locked --target-dir target/oldest
)

# One line on whether the registry has a newer OpenSSL than the one inside. It counts as nothing.
newer_openssl() {
    local inside newest
    inside=$(sed -n '/^name = "openssl-src"$/{n;s/^version = "\(.*+.*\)"$/\1/p;}' Cargo.lock)
    newest=$(cd / && timeout 60 cargo info --quiet openssl-src 2>/dev/null | sed -n 's/^version: \([^ ]*\).*/\1/p')
    if [ -z "$newest" ]; then
        say "whether there is a newer OpenSSL than ${inside#*+} could not be looked up: the registry cannot be reached"
    elif [ "$(printf '%s\n' "$inside" "$newest" | sort -V | tail -n 1)" = "$inside" ]; then
        say "OpenSSL ${inside#*+} is the registry's newest"
    else
        say "the registry has OpenSSL ${newest#*+}, inside is ${inside#*+}: cargo update -p openssl-src@$inside (openssl/Cargo.toml names the line)"
    fi
}

# Those of this library and plain C; the others need what compare.sh installs.
benchmarks_compile() {
    gcc -std=gnu11 -O2 -Wall -Wextra -Werror -Iinclude -fsyntax-only \
        benches/{echo,udp,stream,connections,registry,watch}.c benches/compare/{transfer,rates,memory,plain,wdsocket,wdsocket_tls}.c
}

# Peers that are packages of Python, in a place of their own.
python_peers() {
    local folder=target/peers
    cmp -s scripts/peers.txt "$folder/peers.txt" && return
    python3 -c 'import ensurepip, venv' 2>/dev/null || apt_install python3-venv || return
    python3 -m venv "$folder" && "$folder/bin/pip" install -q -r scripts/peers.txt && cp scripts/peers.txt "$folder/"
}

sum_of() { sed -n "s/^test result: .* \([0-9]*\) $1.*/\1/p" "$log" | awk '{ n += $1 } END { print n + 0 }'; }

install_programs gcc g++ make perl ps:procps python3 ncat socat memcached openssl valgrind \
    gnutls-cli:gnutls-bin stunnel:stunnel4 sslscan curl nm:binutils ip:iproute2 swaks erl:erlang-base luajit php:php-cli tshark || say "the tests of what is missing are skipped"
# What is no program: the headers of the system's OpenSSL, and a mail server, certificates, C's declarations and pip for Python.
{ [ -e /usr/include/openssl/ssl.h ] && /usr/bin/python3 -c 'import aiosmtpd, cryptography, cffi' 2>/dev/null; } ||
    apt_install libssl-dev python3-aiosmtpd python3-cryptography python3-cffi || say "the tests of what is missing are skipped"
python3 -m pip --version >/dev/null 2>&1 || apt_install python3-pip || say "the tests of what is missing are skipped"
# Libraries whose loops a watch is put into.
ldconfig -p | grep -q 'libevent-2\.1\.so' || apt_install libevent-dev || say "the tests of what is missing are skipped"
python_peers || say "the tests of what is missing are skipped"
install_rust rustfmt clippy || exit 1

if [ "${1-}" = --long ]; then
    # What finds an installed library.
    install_programs pkg-config cmake man:man-db || say "the tests of what is missing are skipped"
    # A browser; Ubuntu has it only as a snap.
    install_programs chromium || say "the tests of what is missing are skipped"
    rust_tests --no-fail-fast -- --ignored
    check "the models hold in every order of their threads" models
    counted tests/tsan.sh
    counted ./fuzz.sh 20
    if ! cargo deny --version >/dev/null 2>&1; then
        pass_over "licences and sources of what is linked in" "cargo-deny is not installed"
    elif ! cargo fetch --locked --quiet; then # also the crates of the systems that are not this one
        pass_over "licences and sources of what is linked in" "the crates of other systems cannot be fetched"
    else
        check "licences and sources are those of deny.toml" dependencies
    fi
    if oldest=$(oldest_rust); then
        check "the library builds with Rust $(rust_minimum)" builds_with "$oldest"
    else
        pass_over "a build with the oldest Rust" "there is no Rust $(rust_minimum) here"
    fi
    newer_openssl
    finish
fi

echo "Building the library, which takes some minutes the first time:"
check "cargo build --release" with_progress cargo build --release
check "cargo fmt --check" cargo fmt --check
check "the benchmarks compile" benchmarks_compile
check "cargo clippy without a warning" with_progress cargo clippy --release --all-targets -- -D warnings
rust_tests --no-fail-fast
finish
