#!/bin/bash
# ./hosts/test.sh [--here] [LANG…]   runs the programs of hosts/LANG/ (of all, where none is named) with the built library,
#                                    each against a program in C and the other way round, in clear and under TLS
#
# Installs a runtime that is missing from the packages; with --here it passes over that language instead and says so.
# The last line is "N passed, N failed, N skipped"; the exit status is 0 when nothing failed.
#
# hosts/LANG/run.sh says how: needs, a list of program[:package] for install_programs; threads, yes or no; missing, the words that
# name a library that is missing, where they are not those of a layer; says, what the program of the mistakes says beside; and the functions
#   ready    whether all that the programs need is there, beside needs (absent: it is)
#   obtain   fetches that (absent: there is nothing to fetch)
#   prepare  compiles into the folder $built (absent: nothing to compile)
#   demo     runs the program with its arguments
#   mistakes runs the program of the mistakes with its arguments
# all in hosts/LANG, with the library's path in WDSOCKET_LIBRARY and its folder in $library_folder.
set -u -o pipefail
cd "$(dirname "$0")/.." || exit 1
. scripts/install.sh

here=no
if [ "${1-}" = --here ]; then
    here=yes
    shift
fi
[ "$#" -gt 0 ] || set -- $(cd hosts && ls -d */run.sh | sed 's|/.*||')

passed=0 failed=0 skipped=0
folder=$(mktemp -d)
server=
finish() {
    [ -z "$server" ] || kill "$server" 2>/dev/null
    rm -rf "$folder"
}
trap finish EXIT

# What a step may take before it is ended. The machine may be busy.
limit=${WDSOCKET_HOSTS_LIMIT:-60}

check() { # NAME FILE WORDS…: the file holds each of the words
    local name=$1 file=$2 word
    shift 2
    for word; do
        if ! grep -qF -- "$word" "$file"; then
            failed=$((failed + 1))
            echo "FAILED: $name: no \"$word\" in what it said:"
            sed 's/^/    /' "$file"
            return
        fi
    done
    passed=$((passed + 1))
    echo "ok: $name"
}

# ended SECONDS FUNCTION ARGUMENTS…: runs a function of run.sh, and ends it when it takes too long.
ended() {
    local seconds=$1 job watch status
    shift
    # A child that is ended as soon as it is there would still have the trap, and remove the folder.
    trap - EXIT
    (cd "hosts/$language" && "$@") &
    job=$!
    (trap 'kill "$pause" 2>/dev/null; exit' TERM; sleep "$seconds" & pause=$!; wait "$pause"; end_tree "$job") >/dev/null 2>&1 &
    watch=$!
    wait "$job"
    status=$?
    kill "$watch" 2>/dev/null
    wait "$watch" 2>/dev/null
    [ "$BASHPID" != $$ ] || trap finish EXIT
    return "$status"
}

# Ends a process of ours with all that it has started.
end_tree() {
    local child
    for child in $(ps -o pid= --ppid "$1"); do end_tree "$child"; done
    kill -KILL "$1" 2>/dev/null
}

# port_line FILE: waits until a server has printed its two ports.
port_line() {
    local turn
    for ((turn = 0; turn < limit * 20; turn++)); do
        if [ -s "$1" ] && read -r port tls_port <"$1"; then return 0; fi
        sleep 0.05
    done
    return 1
}

library=${WDSOCKET_LIBRARY:-$PWD/target/release/libwdsocket.so}
if [ ! -e "$library" ]; then
    echo "there is no $library: run cargo build --release" >&2
    exit 1
fi
library_folder=$folder/library
mkdir "$library_folder"
ln -s "$library" "$library_folder/libwdsocket.so"
ln -s "$library" "$library_folder/libwdsocket.so.0"
export WDSOCKET_LIBRARY=$library_folder/libwdsocket.so.0

gcc -std=c11 -O1 -pthread -Iinclude c_tests/examples/host_peer.c -o "$folder/peer" -L"$library_folder" -lwdsocket \
    -Wl,-rpath,"$library_folder" || exit 1
openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -keyout "$folder/key.pem" -out "$folder/trusted.pem" \
    -days 2 -subj /CN=localhost -addext subjectAltName=DNS:localhost 2>"$folder/openssl" || { cat "$folder/openssl"; exit 1; }
cat "$folder/trusted.pem" "$folder/key.pem" >"$folder/server.pem"

mkfifo "$folder/hold"
"$folder/peer" serve "$folder/server.pem" <"$folder/hold" >"$folder/ports" &
server=$!
exec 9>"$folder/hold"
port_line "$folder/ports" || exit 1
their_port=$port their_tls_port=$tls_port

has() {
    local item
    for item in "$@"; do command -v "${item%%:*}" >/dev/null || return 1; done
}

one() {
    local said=$folder/$language status serving
    built=$folder/build-$language
    mkdir "$built"
    needs=() threads=yes missing=(/nowhere/libwdsocket.so.0 WDSOCKET_LIBRARY) says=()
    unset -f ready obtain prepare
    ready() { :; }
    obtain() { :; }
    prepare() { :; }
    . "hosts/$language/run.sh"
    if ! has "${needs[@]}" || ! (cd "hosts/$language" && ready) >/dev/null 2>&1; then
        if [ "$here" = yes ]; then
            skipped=$((skipped + 1))
            echo "skipped: $language: its runtime is not here; ./hosts/test.sh $language installs it"
            return
        fi
        install_programs "${needs[@]}"
        (cd "hosts/$language" && obtain) >"$said.obtain" 2>&1
        if ! has "${needs[@]}" || ! (cd "hosts/$language" && ready) >/dev/null 2>&1; then
            skipped=$((skipped + 1))
            echo "skipped: $language: its runtime cannot be had: $(tail -n 1 "$said.obtain")"
            return
        fi
    fi
    if ! (cd "hosts/$language" && prepare) >"$said" 2>&1 9>&-; then
        failed=$((failed + 1))
        echo "FAILED: $language: it does not compile:"
        cat "$said"
        return
    fi

    status=0
    ended "$limit" demo talk "$their_port" "$their_tls_port" "$folder/trusted.pem" >"$said" 2>&1 9>&- || status=$?
    echo "ended with $status" >>"$said"
    check "$language: client" "$said" "client: Welcome, Zoë!"
    check "$language: TLS" "$said" "TLS: TLSv1.3 Welcome, Zoë!"
    check "$language: a refusal's text" "$said" "not trusted: 20 " "give this certificate in SSLCaFile"
    if [ "$threads" = yes ]; then
        check "$language: one thread reads, one writes, one closes" "$said" "threads: 3 messages, then "
        check "$language: it ends with a thread inside SocketRead" "$said" "leaving with a thread inside" "ended with 0"
    else
        check "$language: it ends" "$said" "ended with 0"
    fi

    (ended "$limit" demo serve "$folder/server.pem") >"$said.ports" 2>"$said.errors" 9>&- &
    serving=$!
    if port_line "$said.ports"; then
        timeout "$limit" "$folder/peer" ask "$port" "$tls_port" "$folder/trusted.pem" >"$said" 2>&1 9>&-
    else
        cat "$said.ports" "$said.errors" >"$said"
    fi
    echo "asked: $?" >>"$said"
    wait "$serving" 2>/dev/null
    check "$language: server" "$said" "clear: answered with 18 bytes" "secure: answered with 18 bytes" "asked: 0"

    ended "$limit" mistakes "$their_port" >"$said" 2>&1 9>&-
    check "$language: the first mistakes are named" "$said" "accents: Welcome, Grüße!" "zero inside: " "large: 65546" \
        "zero in a name: " "holds a zero" 'blank behind a name: SocketWrite("till ")' "no such socket" \
        "refused the connection" "70000 is no port" "${says[@]}"
    WDSOCKET_LIBRARY=/nowhere/libwdsocket.so.0 ended "$limit" mistakes "$their_port" >"$said" 2>&1 9>&-
    check "$language: a missing library is named" "$said" "${missing[@]}"
}

for language; do
    if [ ! -e "hosts/$language/run.sh" ]; then
        echo "there is no hosts/$language/run.sh" >&2
        exit 2
    fi
    one
done
exec 9>&-
wait "$server" 2>/dev/null
server=
echo "$passed passed, $failed failed, $skipped skipped"
[ "$failed" -eq 0 ]
