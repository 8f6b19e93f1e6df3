#!/bin/bash
# The manual, made from the comments of include/wdsocket.h and the pages of docs/:
#
#   ./manual.sh                 dist/manual/index.html, a page for each function, with search, and dist/manual/man
#   ./manual.sh --into FOLDER   the same below FOLDER/doc/wdsocket/html and FOLDER/man, as a system's share/ has it
set -euo pipefail
cd "$(dirname "$0")"

case ${1-} in
    "") pages=dist/manual man=dist/manual/man ;;
    --into) pages=${2:?names the folder}/doc/wdsocket/html man=$2/man ;;
    *)
        sed -n '2,/^set/{/^#/p}' "$0" >&2
        exit 2
        ;;
esac
command -v python3 >/dev/null || { echo "manual.sh: there is no manual without python3" >&2 && exit 1; }
mkdir -p "$pages" "$man"
PYTHONDONTWRITEBYTECODE=1 python3 docs/manual "$pages" "$man"
