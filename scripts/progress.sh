# Sourced by demo.sh and test.sh: says how far a build is, where the first one takes minutes.
#
#   with_progress cargo build --release …   runs it, and tells how many crates are done of how many, what is being made, and how
#                                           long it has taken: in place on a terminal, elsewhere in a line now and then
#
# What the compiler says comes only where the command fails.

# How many crates and programs a command of cargo makes.
parts_of() {
    local edges=normal,build more=0
    if [ "$2" != build ]; then
        edges=normal,build,dev
        more=$(find tests examples -maxdepth 1 -name '*.rs' | wc -l)
    fi
    echo $(($(cargo tree --quiet --edges "$edges" --prefix none --format '{p}' 2>/dev/null | sed 's/ (.*//' | sort -u | wc -l) + more))
}

# Says every so many seconds how far it is, until it is ended.
tell_progress() {
    local total=$1 messages=$2 words=$3 start=$4 pause=$5 parts_done what
    # Whoever stops the script stops this, too.
    while sleep 1 >/dev/null 2>&1 && kill -0 $$ 2>/dev/null; do
        [ $(((SECONDS - start) % pause)) -eq 0 ] || continue
        parts_done=$(grep '^{"reason":"compiler-artifact"' "$messages" | grep -vc '"kind":\["custom-build"\]')
        [ "$parts_done" -le "$total" ] || total=$parts_done
        what=$(sed -n 's/^ *\(Compiling\|Checking\|Downloading\|Downloaded\) \(crates\|[^ ]*\).*/\2/p' "$words" | tail -n 1)
        # Its library is C, and takes longer than all the rest.
        [ "$what" != openssl-sys ] || what="OpenSSL itself"
        printf '%s  %d of %d done, %d s%s%s' "$before" "$parts_done" "$total" $((SECONDS - start)) "${what:+: $what}" "$behind"
    done
}

with_progress() {
    local messages words total start=$SECONDS status=0 teller before="" behind=$'\n' pause=${PROGRESS_SECONDS:-10}
    messages=$(mktemp) words=$(mktemp)
    if [ -t 1 ]; then
        before=$'\r\e[K' behind="" pause=1
    fi
    total=$(parts_of "$@")
    tell_progress "$total" "$messages" "$words" "$start" "$pause" &
    teller=$!
    "${@:1:2}" --message-format=json-render-diagnostics "${@:3}" >"$messages" 2>"$words" || status=$?
    kill "$teller"
    wait "$teller" 2>/dev/null
    if [ "$status" -eq 0 ]; then
        printf '%s  done in %d s\n' "$before" $((SECONDS - start))
    else
        printf '%s' "$before"
        cat "$words"
    fi
    rm -f "$messages" "$words"
    return "$status"
}
