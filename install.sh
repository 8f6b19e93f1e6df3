#!/bin/bash
# Installs wdsocket on Linux: from the sources, which it builds first, or from an archive of a release.
#
#   ./install.sh [--prefix /usr/local] [--destdir ""]   header, shared and static library, pkg-config, CMake, man pages
#   ./install.sh --uninstall [--prefix …] [--destdir …]  takes them away again
#   ./install.sh --built FOLDER …                        from the sources, with the libraries that cargo left in FOLDER
#
# Files go to DESTDIR/PREFIX, for a program that makes packages; the prefix is where they are used in the end, or
# any other folder: what was installed may be moved.
set -euo pipefail
cd "$(dirname "$0")"

prefix=/usr/local destdir="" built="" way=in
while [ $# -gt 0 ]; do
    case $1 in
        --prefix | --destdir | --built)
            [ $# -ge 2 ] || { echo "install.sh: $1 takes a folder" >&2 && exit 2; }
            declare "${1#--}=$2"
            shift 2
            ;;
        --prefix=* | --destdir=* | --built=*) option=${1%%=*} && declare "${option#--}=${1#*=}" && shift ;;
        --uninstall) way=out && shift ;;
        *)
            sed -n '2,/^set/{/^#/p}' "$0" >&2
            exit 2
            ;;
    esac
done
case $prefix in /*) ;; *) echo "install.sh: the prefix has to be a whole path, from / on" >&2 && exit 2 ;; esac
into=${destdir%/}${prefix%/}
list=$into/share/wdsocket/files

# As root and in the folder where programs look, the loader's list is made anew.
tell_the_loader() {
    [ -z "$destdir" ] && [ "$(id -u)" = 0 ] && [ -x /sbin/ldconfig ] || return 0
    /sbin/ldconfig
}

install_tree() {
    local tree=$1 file
    mkdir -p "$into"
    if [ -e "$list" ]; then remove; fi # an older version may have had other files
    mkdir -p "$(dirname "$list")"
    (cd "$tree" && find include lib share \( -type f -o -type l \) ! -path 'lib/debug/*' | sort) >"$list"
    while IFS= read -r file; do
        mkdir -p "$into/$(dirname "$file")"
        cp -Pf --preserve=mode,timestamps "$tree/$file" "$into/$file"
    done <"$list"
    echo "share/wdsocket/files" >>"$list"
}

# Only what was installed, and then the folders of ours that are empty.
remove() {
    local file folders=()
    while IFS= read -r file; do
        rm -f "$into/$file"
        folders+=("$(dirname "$file")")
    done < <(cat "$list")
    printf '%s\n' "${folders[@]}" | sort -ru | while IFS= read -r file; do
        while [[ $file == */* ]]; do
            rmdir "$into/$file" 2>/dev/null || break
            file=$(dirname "$file")
        done
    done
}

if [ "$way" = out ]; then
    [ -e "$list" ] || { echo "install.sh: nothing was installed in $into: $list is not there" >&2 && exit 1; }
    remove
    tell_the_loader
    echo "removed from $into"
    exit 0
fi

if [ ! -e Cargo.toml ]; then
    install_tree .
else
    source scripts/stage.sh
    if [ -z "$built" ]; then
        source scripts/install.sh
        install_programs gcc make perl python3 nm:binutils
        install_rust
        cargo build --release --lib
        built=target/release
    fi
    work=$(mktemp -d)
    trap 'rm -rf "$work"' EXIT
    stage "$built" "$work" "$(uname -m)"
    install_tree "$work"
fi
tell_the_loader
echo "installed in $into"
