#!/bin/bash
# Runs the race programs under ThreadSanitizer: library, standard library, OpenSSL and programs are all
# built with it, and a report of any of them is a failure. Ends with "N passed, N failed".
#
# Usage: tests/tsan.sh [rounds]        (default 100)
#   CC, CFLAGS        compiler and flags of the C code (default: clang-19 and -fsanitize=thread)
#   CARGO             cargo to build with
#   WDSOCKET_CACHE    where the compiler is kept (default: ~/.cache/wdsocket)
# Exit status 77: not run, and the one line printed says why.
set -euo pipefail
cd "$(dirname "$0")/.."

rounds=${1:-100}
llvm=19
target=x86_64-unknown-linux-gnu
cache=${WDSOCKET_CACHE:-$HOME/.cache/wdsocket}
compiler=$cache/rustc
cc=${CC:-clang-$llvm}
cflags=${CFLAGS:--fsanitize=thread}
out=$PWD/target/tsan

skip() {
    echo "skipped: ThreadSanitizer: $1"
    exit 77
}

as_root() {
    if [ "$(id -u)" = 0 ]; then "$@"; else sudo -n "$@"; fi
}

# Debian's Rust compiler for browsers brings the source of its standard library, which has to be built
# with the sanitizer too. It is unpacked beside the machine's own compiler, not installed.
get_compiler() {
    if "$compiler/bin/rustc" -V >/dev/null 2>&1; then return; fi
    local work=$cache/download root=$compiler/root version short llvm_package
    mkdir -p "$work" "$root" "$compiler/bin"
    version=$(apt-cache policy rustc-web | sed -n 's/^ *Candidate: //p')
    case $version in "" | "(none)") skip "this system has no package rustc-web" ;; esac
    short=$(echo "$version" | cut -d. -f1,2)
    llvm_package=$(apt-cache show "libstd-rust-web-$short=$version" | grep -o 'libllvm[0-9]*' | head -1 || true)
    (cd "$work" && apt-get download -q "rustc-web=$version" "libstd-rust-web-dev=$version" \
        "rust-web-src=$version" "libstd-rust-web-$short=$version" ${llvm_package:+"$llvm_package"} >/dev/null 2>&1) ||
        skip "the packages of rustc-web cannot be downloaded"
    for package in "$work"/*.deb; do dpkg -x "$package" "$root"; done
    rm -rf "$work"
    cat >"$compiler/bin/rustc" <<RUN
#!/bin/sh
LD_LIBRARY_PATH=$root/usr/lib/x86_64-linux-gnu\${LD_LIBRARY_PATH:+:\$LD_LIBRARY_PATH} exec $root/usr/bin/rustc "\$@"
RUN
    chmod +x "$compiler/bin/rustc"
    "$compiler/bin/rustc" -V >/dev/null || skip "the compiler of rustc-web does not run here"
}

get_tools() {
    [ "$(uname -m)" = x86_64 ] || skip "the recipe is for x86_64"
    command -v apt-get >/dev/null || skip "it takes its tools from Debian's packages"
    if [ -z "$(apt-cache policy "clang-$llvm" 2>/dev/null)" ]; then as_root apt-get update -q >/dev/null 2>&1 || true; fi
    if ! command -v "clang-$llvm" >/dev/null || ! command -v "/usr/lib/llvm-$llvm/bin/llvm-symbolizer" >/dev/null; then
        as_root env DEBIAN_FRONTEND=noninteractive apt-get install -y -q --no-install-recommends \
            "clang-$llvm" "libclang-rt-$llvm-dev" "llvm-$llvm" libedit2 libffi8 libxml2 libz3-4 >/dev/null 2>&1 ||
            skip "clang-$llvm cannot be installed"
    fi
    get_compiler
}

build_library() {
    env -u CC -u CFLAGS \
        RUSTC="$compiler/bin/rustc" RUSTC_BOOTSTRAP=1 CARGO_PROFILE_RELEASE_LTO=off \
        CC_x86_64_unknown_linux_gnu="$cc" CFLAGS_x86_64_unknown_linux_gnu="$cflags" \
        RUSTFLAGS="-Zsanitizer=thread -Zexternal-clangrt -Cunsafe-allow-abi-mismatch=sanitizer -Clinker=clang-$llvm -Clink-arg=-fsanitize=thread" \
        "${CARGO:-cargo}" build -q --release --lib -Zbuild-std=std,panic_unwind --target "$target" --target-dir "$out"
    library=$out/$target/release
    ln -sf libwdsocket.so "$library/libwdsocket.so.0"
}

passed=0
failed=0

# race NAME SOURCE FLAG ARGUMENTS...
race() {
    local name=$1 source=$2 flag=$3
    shift 3
    "$cc" -std=c11 -Wall -Wextra -g -O1 -pthread -fsanitize=thread "$flag" -Iinclude -Ic_tests c_tests/*/"$source" \
        -o "$out/$name" -L"$library" -lwdsocket -Wl,-rpath,"$library"
    local status=0
    PATH=/usr/lib/llvm-$llvm/bin:$PATH WDSOCKET_TEST_SLOWER=20 \
        TSAN_OPTIONS="exitcode=66 history_size=7 die_after_fork=0 ${TSAN_OPTIONS:-}" \
        timeout 1200 "$out/$name" "$@" >"$out/$name.log" 2>&1 || status=$?
    if [ "$status" = 0 ]; then
        passed=$((passed + 1))
        echo "ok - $name under ThreadSanitizer"
    else
        failed=$((failed + 1))
        echo "not ok - $name under ThreadSanitizer: exit status $status"
        grep -v '^ok - ' "$out/$name.log" | head -80
    fi
}

# Without this a sanitizer that sees nothing would look like a program without races.
the_sanitizer_sees() {
    local status=0
    cat >"$out/race.c" <<'C'
#include <pthread.h>
static int shared;
static void *add(void *unused) { for (int i = 0; i < 1000; i++) shared++; return unused; }
int main(void)
{
    pthread_t other;
    if (pthread_create(&other, 0, add, 0) != 0) return 1;
    add(0);
    pthread_join(other, 0);
    return 0;
}
C
    "$cc" -g -pthread -fsanitize=thread "$out/race.c" -o "$out/race"
    TSAN_OPTIONS=exitcode=66 "$out/race" >"$out/race.log" 2>&1 || status=$?
    # Not grep -q: it would end nm by a signal, which counts as a failure here.
    if [ "$status" = 66 ] && nm -D --undefined-only "$library/libwdsocket.so" | grep __tsan_write >/dev/null; then
        passed=$((passed + 1))
        echo "ok - ThreadSanitizer sees a race, and the library is built with it"
    else
        failed=$((failed + 1))
        echo "not ok - ThreadSanitizer does not see a race here (status $status), or the library is not built with it"
    fi
}

# A certificate for this machine, which is its own root.
make_certificate() {
    certificate=$out/certificate.pem
    openssl req -x509 -newkey rsa:2048 -nodes -days 2 -subj /CN=localhost \
        -addext subjectAltName=DNS:localhost,IP:127.0.0.1,IP:::1 -keyout "$out/key.pem" -out "$out/only.pem" 2>/dev/null
    cat "$out/only.pem" "$out/key.pem" >"$certificate"
}

get_tools
build_library
make_certificate
the_sanitizer_sees
race close_by_name race_close.c -DBY_NAME "$rounds"
race close_by_id race_close.c -DBY_ID "$rounds"
race names race_names.c -DBY_NAME "$((rounds * 5))"
race traffic race_traffic.c -DBY_NAME "$rounds" 8
race accept race_accept.c -DBY_NAME "$rounds"
race turns turns.c -DBY_NAME
race cancel cancel.c -DBY_ID
race udp udp_threads.c -DBY_NAME 20000
race udp_watch udp_watch.c -DBY_ID
race watch watch_race.c -DBY_ID 5
race watch_threads watch_threads.c -DBY_NAME
race tls_threads tls_threads.c -DBY_NAME "$certificate" "$certificate"
race gather gather.c -DBY_ID
race tls_gather tls_gather.c -DBY_NAME "$certificate" "$certificate"
race socket_cancel socket_cancel.c -DBY_ID "$certificate" "$certificate"
race signal_ends_wait signal_ends_wait.c -DBY_NAME "$certificate" "$certificate"
race tls_proxy_protocol tls_proxy_protocol.c -DBY_ID "$certificate" "$certificate"
race trace traced.c -DBY_NAME "$out/trace.pcapng" crowd "$certificate" "$certificate"
race tls_many tls_many.c -DBY_ID "$certificate" "$certificate" "$rounds"
echo "$passed passed, $failed failed"
[ "$failed" = 0 ]
