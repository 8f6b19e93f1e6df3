#!/bin/bash
# scripts/fetch_packages.sh PACKAGE…   prints a folder that holds these packages of Debian's and the libraries that they
#                                      need and this machine lacks, for `dpkg -x`
#
# Nothing is installed: some of them would start a service. They are fetched once, into ${XDG_CACHE_HOME:-~/.cache}/wdsocket.
# Takes no root, unless the machine has no package lists yet. What cannot be had is said in one line.
set -u -o pipefail

cannot() {
    echo "the packages cannot be had: $*" >&2
    exit 1
}

command -v apt-get >/dev/null && command -v dpkg >/dev/null || cannot "this machine has no apt-get"
cache=${XDG_CACHE_HOME:-${HOME:?has to name a folder}/.cache}/wdsocket
folder=$cache/$1-$(. /etc/os-release && echo "$ID-${VERSION_ID:-}")-$(dpkg --print-architecture)
[ -d "$folder" ] && echo "$folder" && exit 0

mkdir -p "$cache" && work=$(mktemp -d "$cache/$1.XXXXXX") || cannot "$cache cannot be written to"
trap 'rm -rf "$work"' EXIT
cd "$work" || exit 1
mkdir packages

download() { (cd packages && apt-get download -qq "$@") >said 2>&1; }

# Asks nobody for a password: a test may be waiting.
update_lists() {
    if [ "$(id -u)" -eq 0 ]; then
        apt-get update -qq
    else
        sudo -n apt-get update -qq
    fi >/dev/null 2>&1
}

# The libraries that these packages need and this machine has not.
missing_libraries() {
    apt-cache depends "$@" | sed -n 's/^ [ |]*Depends: \(lib[a-z0-9.+-]*\)$/\1/p' | grep -v -e '-perl$' | sort -u |
        while read -r package; do
            [ "$(dpkg-query -W -f '${db:Status-Status}' "$package" 2>/dev/null)" = installed ] ||
                grep -qx "$package" wanted || echo "$package"
        done
}

next="$*"
# shellcheck disable=SC2086 # one word a package, here and below
download $next || { update_lists && download $next; } || cannot "$(tail -n 1 said)"
while [ -n "$next" ]; do
    printf '%s\n' $next >>wanted
    next=$(missing_libraries $next)
    [ -z "$next" ] || download $next || cannot "$(tail -n 1 said)"
done
mv -T packages "$folder" 2>/dev/null || [ -d "$folder" ] || cannot "$folder cannot be written to"
echo "$folder"
