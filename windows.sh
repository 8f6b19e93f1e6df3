#!/bin/bash
# The Windows DLLs, 64 and 32 bits, built and tested on Debian 12 (amd64), as root or with sudo.
#
#   ./windows.sh build   dist/windows/x64 and dist/windows/x86: the DLL, its .def, import libraries
#                        for mingw and MSVC, the header, and wdcheck.exe
#   ./windows.sh test    the same, then the tests under Wine; ends with the counts
#
# The first run makes the tools, in ${XDG_CACHE_HOME:-~/.cache}/wdsocket-windows: about 20 minutes and 3.2 GB on a
# machine with two processors, most of it OpenSSL for two widths; later ones build what has changed, in a minute or two.
set -euo pipefail
cd "$(dirname "$0")"

# Windows 7, and so all that came after it.
triples=(x86_64-win7-windows-gnu i686-win7-windows-gnu)
say() { echo "windows.sh: $*"; }

for part in toolchain wine build interop test; do
    source "scripts/windows/$part.sh"
done

case ${1:-} in
    build) build ;;
    test) run_tests ;;
    *)
        sed -n '2,/^set/{/^#/p}' "$0"
        exit 2
        ;;
esac
