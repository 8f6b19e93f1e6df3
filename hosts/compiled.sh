#!/bin/bash
# hosts/compiled.sh [--installed] [LANGUAGE…]   runs the programs of the languages with a host.sh against the C library
#
# Builds the library if it is not built, installs what a language needs and is not there, builds its program and lets it
# talk with c_tests/host_peer.c, as client and as server, in clear and under TLS. With --installed it
# skips a language that is not there. The last line is "N passed, N failed, N skipped".
#
# A host.sh tells: packages, "program:package …"; files, "file:package …"; version; make_demo, which builds into $out and
# sets demo, the command; threads=no where the language has none.
set -u -o pipefail
cd "$(dirname "$0")/.." || exit 1
. scripts/install.sh

installed_only=no
if [ "${1-}" = --installed ]; then
    installed_only=yes
    shift
fi
if [ $# = 0 ]; then
    for language in hosts/*/host.sh; do set -- "$@" "$(basename "$(dirname "$language")")"; done
fi

project=$PWD
folder=$(mktemp -d)
peer=
finish() {
    [ -z "$peer" ] || { exec {to_peer}>&-; wait "$peer"; }
    rm -rf "$folder"
}
trap finish EXIT

library=${WDSOCKET_LIBRARY:-target/release/libwdsocket.so}
[ -e "$library" ] || cargo build --release || exit 1
cp "$library" "$folder/libwdsocket.so.0"
ln -s libwdsocket.so.0 "$folder/libwdsocket.so"
cc -Wall -Iinclude c_tests/host_peer.c -o "$folder/host_peer" -L"$folder" -lwdsocket -pthread || exit 1
openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 2 -subj /CN=localhost \
    -addext subjectAltName=DNS:localhost -keyout "$folder/key.pem" -out "$folder/cert.pem" 2>/dev/null || exit 1
cat "$folder/cert.pem" "$folder/key.pem" >"$folder/server.pem"

# wait_for FILE: until a line is in it.
wait_for() {
    local tries=600
    until grep -q . "$1" 2>/dev/null; do
        [ $((tries -= 1)) -gt 0 ] || return 1
        sleep 0.05
    done
}

mkfifo "$folder/fifo"
LD_LIBRARY_PATH=$folder "$folder/host_peer" serve "$folder/server.pem" <"$folder/fifo" >"$folder/ports" &
peer=$!
exec {to_peer}>"$folder/fifo"
wait_for "$folder/ports" || exit 1
read -r port tls_port <"$folder/ports"

passed=0 failed=0 skipped=0
# verdict WHAT FILE STATUS: counts it, and shows the file where it went wrong.
verdict() {
    if [ "$3" = 0 ]; then
        passed=$((passed + 1))
        echo "ok: $language: $1"
    else
        failed=$((failed + 1))
        echo "FAILED: $language: $1"
        sed 's/^/    /' "$2"
    fi
}

# says FILE PATTERN…: whether it has a line that begins with each.
says() {
    local file=$1 pattern
    shift
    for pattern in "$@"; do
        grep -qa "^$pattern" "$file" || { echo "there is no line: $pattern" >>"$file"; return 1; }
    done
}

# missing_packages: those of the language whose programs or files are not there.
missing_packages() {
    local item
    for item in $packages; do command -v "${item%%:*}" >/dev/null || echo "${item##*:}"; done
    for item in $files; do [ -e "${item%%:*}" ] || echo "${item##*:}"; done
}

as_client() {
    timeout 60 "${demo[@]}" talk "$port" "$tls_port" "$folder/cert.pem" >"$log" 2>&1 {to_peer}>&- || return 1
    says "$log" "client: Welcome, Zoë!" "TLS: TLSv1.3 Welcome, Zoë!" "not trusted: 20 SocketConnectSSL" || return 1
    [ "$threads" = no ] || says "$log" "threads: 100 messages, then 18" "leaving with a thread inside SocketRead"
}

as_server() {
    local server clear secure status=0
    : >"$out/ports"
    timeout 60 "${demo[@]}" serve "$folder/server.pem" >"$out/ports" 2>"$log" {to_peer}>&- &
    server=$!
    if wait_for "$out/ports" && read -r clear secure <"$out/ports"; then
        timeout 60 "$folder/host_peer" ask "$clear" "$secure" "$folder/cert.pem" >>"$log" 2>&1 {to_peer}>&- || status=1
    else
        status=1
    fi
    wait "$server" && [ "$status" = 0 ]
}

mistakes() {
    timeout 60 "${demo[@]}" mistakes >"$log" 2>&1 {to_peer}>&- &&
        says "$log" "accents: Liège, café, 10 €" "zero inside: 3 bytes" "no port: .*70000 is no port" \
            "blank behind a name: .*without the blanks at its end"
}

without_the_library() {
    ! LD_LIBRARY_PATH= timeout 60 "${demo[@]}" mistakes >"$log" 2>&1 {to_peer}>&- && grep -qa wdsocket "$log"
}

for language in "$@"; do
    out=$folder/$language log=$folder/$language.log
    packages='' files='' threads=yes demo=()
    . "hosts/$language/host.sh" || exit 2
    missing=$(missing_packages)
    if [ -n "$missing" ] && { [ "$installed_only" = yes ] || ! apt_install $missing; }; then
        skipped=$((skipped + 1))
        echo "skipped: $language: there is no $(echo $missing)"
        continue
    fi
    mkdir "$out"
    cd "hosts/$language" && make_demo >"$log" 2>&1
    built=$?
    cd "$project" || exit 1
    verdict "$(version): its program is built" "$log" $built
    [ $built = 0 ] || continue
    export LD_LIBRARY_PATH=$folder
    as_client
    verdict "a client, TLS, a refusal, three threads and the exit" "$log" $?
    as_server
    verdict "a server" "$log" $?
    mistakes
    verdict "what goes wrong first is named" "$log" $?
    without_the_library
    verdict "a missing library is named" "$log" $?
    unset LD_LIBRARY_PATH
done
echo "$passed passed, $failed failed, $skipped skipped"
[ $failed = 0 ]
