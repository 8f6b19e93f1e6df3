#!/bin/bash
# ./benches/compare.sh [--quick] [echo|stream|tls|handshakes|first|connect|idle|busy]…   all of them when none is named
#
# Measures the library beside what a user could take instead, prints a table and, when all was measured, writes it to
# benches/results.md and draws benches/results.svg. Installs what is missing. benches/README.md says how to read the result. --quick measures a tenth
# as long and draws nothing. WDSOCKET_BENCH_CPUS names the two processors to use, as taskset does (default: 0,1).
set -u
cd "$(dirname "$0")/.." || exit 1
. scripts/install.sh

export WDSOCKET_BENCH_ROUNDS=5
unset SSL_CERT_FILE SSL_CERT_DIR # roots that a system has elsewhere
turns=10 busy_turns=4 tls_idle=1000 chart=benches/results.svg quick=no
if [ "${1-}" = --quick ]; then
    shift
    WDSOCKET_BENCH_ROUNDS=1
    turns=4 busy_turns=2 tls_idle=200 chart= quick=yes
fi
[ $# -eq 0 ] && set -- echo stream tls handshakes first connect idle busy || chart=

# --- what is needed ---------------------------------------------------------------------------------

install_programs gcc make perl openssl python3 taskset:util-linux ip:iproute2 || exit 1
missing=()
for pair in zmq.h:libzmq3-dev nng/nng.h:libnng-dev tls.h:libtls-dev wolfssl/ssl.h:libwolfssl-dev; do
    [ -e "/usr/include/${pair%%:*}" ] || missing+=("${pair##*:}")
done
python_with_matplotlib() { # the first python3 need not be the one that the package is for
    local python
    for python in python3 /usr/bin/python3; do
        "$python" -c "import matplotlib" 2>/dev/null && echo "$python" && return
    done
    return 1
}
[ -z "$chart" ] || python_with_matplotlib >/dev/null || missing+=(python3-matplotlib)
[ "${#missing[@]}" -eq 0 ] || apt_install "${missing[@]}" || say "what could not be installed is left out"
install_rust || exit 1
cargo build --release || exit 1

# The OpenSSL that is in the library: that of the newest build.
openssl=$(ls -dt target/release/build/openssl-sys-*/out/openssl-build/install 2>/dev/null | head -n 1)

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
ln -s "$PWD/target/release/libwdsocket.so" "$folder/libwdsocket.so.0"

compile() { # compile OUTPUT SOURCE AND FLAGS…
    local output=$1
    shift
    gcc -std=gnu11 -O2 -Wall -Wextra -Werror -pthread -Iinclude "$@" -o "$folder/$output" \
        -Ltarget/release -lwdsocket -ldl -Wl,-rpath,"$folder"
}
candidate() { # candidate NAME FLAGS…: what cannot be built is left out
    local name=$1
    shift
    compile "$name.so" -shared -fPIC "benches/compare/$name.c" "$@" || say "left out: $name"
}
candidate plain
candidate wdsocket
candidate wdsocket_tls
candidate zmq -lzmq
candidate nng -lnng
# Its OpenSSL stays its own: libtls brings the system's into the same process.
candidate openssl -I"$openssl/include" "$openssl"/lib*/libssl.a "$openssl"/lib*/libcrypto.a -Wl,--exclude-libs,ALL
# The common side of the handshakes: were it the same file, OpenSSL alone would find its own code in the
# processor's caches.
[ ! -e "$folder/openssl.so" ] || cp "$folder/openssl.so" "$folder/peer.so"
candidate libtls -ltls
candidate wolfssl -lwolfssl
for program in transfer rates memory; do
    compile "$program" "benches/compare/$program.c" || exit 1
done
compile crowd benches/compare/crowd.c benches/compare/servers.c -lnng || say "left out: idle, busy"

# A chain of two for each kind of key.
certificates() { # certificates FOLDER KEY…
    local to=$1
    shift
    mkdir "$to"
    openssl req -x509 -newkey "$@" -nodes -keyout "$to/ca.key" -out "$to/ca.pem" -days 30 -subj "/CN=Authority" &&
        openssl req -newkey "$@" -nodes -keyout "$to/key.pem" -out "$to/request" -subj "/CN=localhost" &&
        openssl x509 -req -in "$to/request" -CA "$to/ca.pem" -CAkey "$to/ca.key" -CAcreateserial -days 30 \
            -extfile <(echo "subjectAltName=IP:127.0.0.1,DNS:localhost") -out "$to/server.pem" &&
        cat "$to/key.pem" >>"$to/server.pem"
}
{ certificates "$folder/RSA" rsa:2048 && certificates "$folder/P-256" ec -pkeyopt ec_paramgen_curve:P-256; } \
    >"$folder/log" 2>&1 || { cat "$folder/log" && exit 1; }

# The same authority behind all of the machine's.
roots=/etc/ssl/certs/ca-certificates.crt
if [ -s "$roots" ]; then
    mkdir "$folder/roots" && cat "$roots" "$folder/RSA/ca.pem" >"$folder/roots/ca.pem" &&
        cp "$folder/RSA/server.pem" "$folder/roots/" || exit 1
fi

# Each program runs in a network of its own, with the congestion control that is asked for: how fast a stream is must not
# hang on what the machine is set to (BBR paces one even on loopback).
in_own_network() { # in_own_network CONTROL COMMAND…
    # shellcheck disable=SC2016 # for the inner shell
    local set_up='ip link set lo up && echo "$0" >/proc/sys/net/ipv4/tcp_congestion_control && exec "$@"'
    "${own_network[@]}" sh -c "$set_up" "$@"
}
controls=()
for own_network in "unshare --net" "unshare --net --map-root-user"; do
    read -ra own_network <<<"$own_network"
    for control in reno cubic; do
        in_own_network "$control" true 2>/dev/null && controls+=("$control")
    done
    [ "${#controls[@]}" -eq 0 ] || break
done
if [ "${#controls[@]}" -eq 0 ]; then
    say "no network of its own: the machine's is used"
    in_own_network() { shift && "$@"; }
    controls=("$(cat /proc/sys/net/ipv4/tcp_congestion_control)")
fi
control=${controls[0]}

# --- the measurements -------------------------------------------------------------------------------

# there NAME…: those candidates that could be built; "NAME:N" is the first N of a file.
there() {
    local name
    for name in "$@"; do
        case $name in *:*) set -- "${name%%:*}" ":${name##*:}" ;; *) set -- "$name" "" ;; esac
        [ -e "$folder/$1.so" ] && echo "$folder/$1.so$2"
    done
}
measure() { # measure TURNS PROGRAM ARGUMENTS…
    local turns=$1 program=$2
    shift 2
    [ -e "$folder/$program" ] || return
    [ "$cpus" = "$both" ] || set -- "$1, one processor" "${@:2}"
    WDSOCKET_BENCH_TURNS=$turns in_own_network "$control" timeout 250 taskset -c "$cpus" "$folder/$program" "$@" \
        >>"$folder/results" || say "failed: $program $1 $2"
}

# With both sides on one processor, the time that the system takes to wake the other one is not in the figure.
both=${WDSOCKET_BENCH_CPUS:-0,1}
cpus=$both
on_one_processor() {
    cpus=${both%%,*}
    "$@"
    cpus=$both
}

# shellcheck disable=SC2046 # one word a candidate
run() {
    local kind from how
    export WDSOCKET_BENCH_CERTIFICATES=$folder/RSA
    case $1 in
    echo)
        measure $turns transfer "64 B echo" echo 64 $(there plain wdsocket:4 zmq nng)
        on_one_processor measure $turns transfer "64 B echo" echo 64 $(there plain wdsocket:4 zmq nng)
        measure $turns transfer "1 KiB echo" echo 1024 $(there plain wdsocket:4 zmq nng)
        measure $turns transfer "16 KiB echo" echo 16384 $(there plain wdsocket:4 zmq nng)
        ;;
    stream)
        measure $turns transfer "64 B stream" stream 64 $(there plain wdsocket zmq nng)
        for control in "${controls[@]}"; do
            measure $turns transfer "64 KiB stream, $control" stream 65536 $(there plain wdsocket:4 zmq nng)
        done
        control=${controls[0]}
        ;;
    tls)
        measure $turns transfer "TLS 64 B echo" echo 64 $(there openssl:2 wdsocket_tls:2 libtls wolfssl)
        measure $busy_turns transfer "TLS 64 B stream" stream 64 $(there openssl:1 wdsocket_tls)
        measure $busy_turns transfer "TLS 16 KiB stream" stream 16384 $(there openssl:2 wdsocket_tls:2 libtls wolfssl)
        ;;
    handshakes)
        for kind in RSA P-256; do
            WDSOCKET_BENCH_CERTIFICATES=$folder/$kind
            for from in client server; do
                for how in full resumed; do
                    measure $turns rates "TLS $from, $how, $kind" $from $how \
                        $(there peer openssl:1 wdsocket_tls:1 libtls wolfssl)
                done
            done
        done
        export WDSOCKET_BENCH_CERTIFICATES=$folder/RSA
        for how in full resumed; do
            on_one_processor measure $turns rates "TLS client, $how, RSA" client $how \
                $(there peer openssl:1 wdsocket_tls:1 libtls wolfssl)
        done
        ;;
    first)
        for how in first second; do
            measure $busy_turns rates "TLS client, $how of a process, RSA" client $how \
                $(there peer openssl:1 wdsocket_tls:1 libtls wolfssl)
        done
        if [ -e "$folder/roots" ]; then
            WDSOCKET_BENCH_CERTIFICATES=$folder/roots SSL_CERT_FILE=$folder/roots/ca.pem \
                measure $busy_turns rates "TLS client, first of a process, the system's roots" client first \
                $(there peer openssl:1 wdsocket_tls:1 libtls wolfssl)
        else
            say "left out: the system's roots, of which there are none"
        fi
        ;;
    connect) measure $turns rates "connect, accept, close" connect $(there plain:1 wdsocket:4) ;;
    idle)
        measure $turns crowd wake 100 1000 10000
        measure $turns memory "idle connection" 2000 $(there plain:1 wdsocket:1)
        measure $turns memory "idle TLS connection" $tls_idle $(there openssl:1 wdsocket_tls:1 libtls wolfssl)
        ;;
    busy) measure $busy_turns crowd busy 1000 ;;
    *) say "there is no measurement $1" ;;
    esac
}

SECONDS=0
load=$(cut -d ' ' -f 1 /proc/loadavg)
for bench in "$@"; do
    say "measuring: $bench"
    run "$bench"
done
python=python3
[ -z "$chart" ] || python=$(python_with_matplotlib) || { chart= && python=python3; }
"$python" benches/compare/report.py "$folder/results" ${chart:+"$chart"} | tee "$folder/table"
took="measured in $SECONDS s on $(nproc) processors, $(uname -sr), congestion control $control, other load $load"
say "$took${chart:+; the chart is $chart}"
[ "$quick" = no ] || say "a quick run shows that it works: its figures, met and MISSED among them, tell little"
[ -z "$chart" ] || printf '%s, %s\n\n' "$(date -u +%F)" "$took" | cat - "$folder/table" >benches/results.md
