#!/bin/bash
# What a compiled program relies on: the functions with the types of their parameters, and the numbers of the constants.
#
#   scripts/abi.sh describe [HEADER]   prints it, a line each; a release keeps it as docs/abi/VERSION.txt
#   scripts/abi.sh check [HEADER]      ends with 1, and the lines that are gone, where the header breaks the last release
#
# HEADER is include/wdsocket.h.
set -euo pipefail
export LC_ALL=C

project=$(cd "$(dirname "$0")/.." && pwd)
header=${2:-$project/include/wdsocket.h}

describe() {
    local bare
    # One line without comments.
    bare=$(tr '\n' ' ' <"$header" | sed -E 's,/\*([^*]|\*+[^*/])*\*+/,,g; s/ +/ /g')
    {
        grep -E '^#define WDSOCKET_(API|CALL)\b' "$header" | sed 's/^#define/convention/'
        # The parameters without their names.
        grep -oE 'intptr_t WDSOCKET_CALL \w+\([^)]*\)' <<<"$bare" |
            sed -E 's/^intptr_t WDSOCKET_CALL /function intptr_t /; s/([ *])\w+([,)])/\1\2/g; s/ ([,)])/\1/g'
        grep -oE '\w+ = -?[0-9]+' <<<"$bare" | sed 's/^/constant /'
    } | sort
}

last_release() { find "$project/docs/abi" -name '*.txt' | sort -V | tail -n 1; }

case ${1-} in
    describe) describe ;;
    check)
        gone=$(comm -23 "$(last_release)" <(describe))
        if [ -n "$gone" ]; then
            echo "programs made for $(basename "$(last_release)" .txt) rely on this, which is gone:"
            echo "$gone"
            exit 1
        fi
        echo "nothing that programs made for $(basename "$(last_release)" .txt) rely on is gone"
        ;;
    *)
        sed -n '2,/^set/{/^#/p}' "$0" >&2
        exit 2
        ;;
esac
