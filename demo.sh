#!/bin/bash
# ./demo.sh   builds the library and shows it at work on this machine's loopback, in one screen
#
# Installs what is missing on Debian and Ubuntu. The programs shown are c_tests/examples/demo_*.c.
set -u -o pipefail
cd "$(dirname "$0")" || exit 1
. scripts/install.sh
. scripts/progress.sh

install_programs gcc make perl ncat openssl || exit 1
install_rust || exit 1
echo "Building the library, which takes some minutes the first time:"
with_progress cargo build --release || exit 1

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
for program in demo_server demo_client demo_simplified demo_tls udp_tool demo_many example_watch_server; do
    cc -Wall -Iinclude -Ic_tests "c_tests/examples/$program.c" -o "$folder/$program" \
        -Ltarget/release -lwdsocket -pthread -Wl,-rpath,"$PWD/target/release" || exit 1
done
# The library goes by its SONAME when a program starts.
ln -s "$PWD/target/release/libwdsocket.so" "$folder/libwdsocket.so.0"
export LD_LIBRARY_PATH=$folder

# Runs one of the programs, for half a minute at most; what it prints comes at once, line by line.
run() { timeout 30 stdbuf -oL "$folder/$1" "${@:2}"; }

# Puts the name of who speaks before every line.
as() { sed -u "s/^/  $(printf '%-8s' "$1")| /"; }

# wait_for FILE TEXT: until a program has printed it.
wait_for() {
    local tries=200
    until grep -q "$2" "$1" 2>/dev/null; do
        [ $((tries -= 1)) -gt 0 ] || { echo "the demonstration stopped: no \"$2\""; exit 1; }
        sleep 0.05
    done
}

port_of() { sed -n 's/.* on port \([0-9]*\)$/\1/p' "$1"; }

# Shows carriage return and line feed as a C programmer writes them.
visible() { sed -z 's/\r\n/\\r\\n/g'; }

echo
echo "1. A standard server (c_tests/examples/demo_server.c) and three clients at once:"
echo "   Marie is ncat, typing the wire format by hand; Paul and Lucia run c_tests/examples/demo_client.c."
run demo_server 0 3 > >(tee "$folder/server.log" | as server) &
server=$!
wait_for "$folder/server.log" "on port"
port=$(port_of "$folder/server.log")

coproc NCAT { timeout 30 ncat 127.0.0.1 "$port"; }
ncat=$NCAT_PID
exec {to_ncat}>&"${NCAT[1]}" {from_ncat}<&"${NCAT[0]}" {NCAT[1]}>&- {NCAT[0]}<&-
wait_for "$folder/server.log" "is connected"
run demo_client "$port" "Paul" | as Paul &
paul=$!
run demo_client "$port" "Lucia" | as Lucia &
lucia=$!
wait "$paul" "$lucia"
printf 'sent the bytes     5\\r\\nMarie\n' | as Marie
printf '5\r\nMarie' >&"$to_ncat"
answer=$(head -c 19 <&"$from_ncat" | visible)
printf 'received the bytes %s\n' "$answer" | as Marie
exec {to_ncat}>&-
wait "$ncat" "$server"
sleep 0.1 # the server's last line is still on its way through the pipe

echo
echo "2. A simplified server (c_tests/examples/demo_simplified.c): one name for the listener and its one client."
run demo_simplified 0 > >(tee "$folder/till.log" | as till) &
till=$!
wait_for "$folder/till.log" "on port"
port=$(port_of "$folder/till.log")
run demo_client "$port" "two coffees" | as Paul
wait "$till"
sleep 0.1

echo
echo "3. Nobody listens there any more. What SocketErrorInfo says:"
run demo_client "$port" "two more" | as Paul
echo
echo "4. TLS (c_tests/examples/demo_tls.c), with a certificate made on the spot: verified, and refused."
openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 2 -subj /CN=localhost \
    -addext subjectAltName=DNS:localhost -keyout "$folder/key.pem" -out "$folder/cert.pem" 2>"$folder/openssl.log" ||
    { cat "$folder/openssl.log"; exit 1; }
cat "$folder/cert.pem" "$folder/key.pem" >"$folder/server.pem"
run demo_tls "$folder/server.pem" "$folder/cert.pem" | fold -s -w 110 | as TLS
echo
echo "5. UDP (c_tests/examples/udp_tool.c): ncat sends a datagram, and SocketClientInfo tells who sent it."
run udp_tool 127.0.0.1 0 port hear > >(tee "$folder/radio.log" | as radio) &
radio=$!
wait_for "$folder/radio.log" "^port"
port=$(sed -n 's/^port //p' "$folder/radio.log")
printf 'who is there?' | timeout 30 ncat -u --send-only 127.0.0.1 "$port"
wait "$radio"
sleep 0.1

echo
echo "6. A watch (c_tests/examples/example_watch_server.c): one thread serves 300 clients (c_tests/examples/demo_many.c)."
run example_watch_server 0 >"$folder/watch.log" &
watch=$!
wait_for "$folder/watch.log" "on port"
run demo_many "$(port_of "$folder/watch.log")" 300 | as clients
kill "$watch"
wait "$watch" 2>/dev/null
echo
echo "The wire format above is the default one: the length in digits, CR LF, the message. docs/modes.md shows the"
echo "three others, README.md how to link the library to your own program."
