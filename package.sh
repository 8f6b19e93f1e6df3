#!/bin/bash
# The packages, built on Debian 12 (amd64), as root or with sudo; all of them end in dist/.
#
#   ./package.sh               everything below but test and twice
#   ./package.sh linux         wdsocket-VERSION-linux-x86_64.tar.gz and -aarch64.tar.gz, for every Linux with glibc 2.17,
#                              with their debug symbols beside them
#   ./package.sh deb           libwdsocket0 and libwdsocket-dev, of what linux built
#   ./package.sh rpm           wdsocket and wdsocket-devel, of the same
#   ./package.sh windows       wdsocket-VERSION-windows-x64.zip and -x86.zip, of what ./windows.sh build builds
#   ./package.sh hosts         the wheels of Python, the npm package and the NuGet package, of what linux and windows built
#   ./package.sh twice [x86_64 | aarch64]
#                              builds the Linux libraries once more, in another folder, and compares the bytes
#   ./package.sh test          installs, uses and removes each in a clean Debian 12, and loads the library in Debian 11;
#                              ends with "N passed, N failed"
#
# The first run makes the tools (some minutes), in ${XDG_CACHE_HOME:-~/.cache}/wdsocket-packages.
set -euo pipefail
cd "$(dirname "$0")"

say() { echo "package.sh: $*"; }

source scripts/windows/toolchain.sh # install_packages, compiler, cross_cargo
for part in tools linux licences deb rpm windows hosts chroot; do
    source "scripts/package/$part.sh"
done
source scripts/stage.sh

case ${1:-all} in
    all)
        linux
        deb
        rpm
        windows
        hosts
        sums
        ;;
    linux | deb | rpm | windows | hosts)
        "$1"
        sums
        ;;
    twice) "$@" ;;
    test) test_packages ;;
    *)
        sed -n '2,/^set/{/^#/p}' "$0"
        exit 2
        ;;
esac
