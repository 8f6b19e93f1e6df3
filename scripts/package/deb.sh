# Debian's packages, of what linux built: read by package.sh.

deb() {
    local machine
    for machine in "${machines[@]}"; do
        debian_packages "$machine"
    done
}

# The tree as it is under /usr, divided between the packages.
debian_packages() {
    local machine=$1 architecture work all library libraries=lib/$1-linux-gnu built=$cache/target/$1-unknown-linux-gnu/release
    architecture=$(debian_name "$machine")
    work=$(mktemp -d "$cache/deb.XXXXXX")
    all=$work/all/usr
    stage "$built" "$all" "$machine" "$libraries" /usr
    papers "$machine-unknown-linux-gnu" "$all/share/doc/wdsocket"
    gzip -9n "$all"/share/man/man*/*

    library=$work/libwdsocket0
    take "$all" "$library" "$libraries"/libwdsocket.so.*
    documents "$all" "$library" "$architecture"
    symbols "$machine" "$built/libwdsocket.so" >"$library/DEBIAN/symbols"
    echo "libwdsocket 0 libwdsocket0 (>= $version)" >"$library/DEBIAN/shlibs"
    echo "activate-noawait ldconfig" >"$library/DEBIAN/triggers"
    control "$library" "$architecture" libs "sockets of WLanguage (WINDEV) for any program" "libc6 (>= $glibc)"

    take "$all" "$work/libwdsocket-dev" include "$libraries/libwdsocket.so" "$libraries/libwdsocket.a" \
        "$libraries/pkgconfig" "$libraries/cmake" share/man
    mkdir -p "$work/libwdsocket-dev/usr/share/doc/libwdsocket-dev"
    mv "$all/share/doc/wdsocket/html" "$all/share/doc/wdsocket/README.md" "$work/libwdsocket-dev/usr/share/doc/libwdsocket-dev/"
    documents "$all" "$work/libwdsocket-dev" "$architecture"
    control "$work/libwdsocket-dev" "$architecture" libdevel "header, static library and manual of wdsocket" \
        "libwdsocket0 (= $version-1)" "Suggests: pkg-config, libwdsocket0-dbgsym"

    debug_package "$built/libwdsocket.so" "$all" "$work/libwdsocket0-dbgsym"
    documents "$all" "$work/libwdsocket0-dbgsym" "$architecture"
    control "$work/libwdsocket0-dbgsym" "$architecture" debug "debug symbols of libwdsocket0" "libwdsocket0 (= $version-1)"

    rm -rf "$work"
}

# take FROM PACKAGE FILE…: moves files of the tree into a package.
take() {
    local from=$1 package=$2 file
    shift 2
    mkdir -p "$package/DEBIAN"
    # shellcheck disable=SC2068 # the patterns are of files in there
    for file in $(cd "$from" && ls -d $@); do
        mkdir -p "$package/usr/$(dirname "$file")"
        mv "$from/$file" "$package/usr/$file"
    done
}

# Where gdb looks for them: by the number that the linker gave the library.
debug_package() {
    local library=$1 all=$2 package=$3 id
    id=$(readelf -n "$library" | sed -n 's/^ *Build ID: //p')
    mkdir -p "$package/DEBIAN" "$package/usr/lib/debug/.build-id/${id:0:2}"
    mv "$all/lib/debug/libwdsocket.so.$version.debug" "$package/usr/lib/debug/.build-id/${id:0:2}/${id:2}.debug"
}

# What every package has to say of itself. The bill of materials differs between processors, hence its name.
documents() {
    local all=$1/share/doc/wdsocket package=$2 architecture=$3 to
    to=$package/usr/share/doc/$(basename "$package")
    mkdir -p "$to"
    { cat "$all/LICENSE" && printf '\n\n' && cat "$all/THIRD-PARTY.txt"; } >"$to/copyright"
    printf 'wdsocket (%s-1) stable; urgency=medium\n\n  * See CHANGELOG.md of the sources.\n\n -- %s  %s\n' \
        "$version" "$maintainer" "$(date -R -d "@$SOURCE_DATE_EPOCH")" | gzip -9n >"$to/changelog.Debian.gz"
    gzip -9nc "$all/CHANGELOG.md" >"$to/changelog.gz"
    case $to in
        */libwdsocket0) cp "$all/wdsocket.cdx.json" "$to/wdsocket-$architecture.cdx.json" ;;
    esac
}

maintainer="The wdsocket authors <wdsocket@example.org>"

# symbols MACHINE LIBRARY. Since which version a program may rely on a function: that of the first release that kept it.
symbols() {
    local name release
    echo "libwdsocket.so.0 libwdsocket0"
    "$(of_machine "$1" nm)" -D --defined-only "$2" | awk '{ print $3 }' | sort |
        while read -r name; do
            # None has it that is described: it comes with this one.
            release=$({ grep -l "^function intptr_t $name(" docs/abi/*.txt || true; } | sort -V | head -n 1)
            release=$(basename "${release:-$version}" .txt)
            echo " $name@Base $release"
        done
}

# control PACKAGE ARCHITECTURE SECTION DESCRIPTION DEPENDS [LINE]: the last file of a package, and the package.
control() {
    local package=$1 architecture=$2 section=$3 description=$4 depends=$5 more=${6:-} name file
    name=$(basename "$package")
    {
        echo "Package: $name"
        echo "Source: wdsocket"
        echo "Version: $version-1"
        echo "Architecture: $architecture"
        echo "Maintainer: $maintainer"
        echo "Installed-Size: $(du -k -s --apparent-size "$package/usr" | cut -f 1)"
        echo "Depends: $depends"
        [ -z "$more" ] || echo "$more"
        echo "Section: $section"
        echo "Priority: optional"
        echo "Multi-Arch: same"
        echo "Description: $description"
        echo " TCP, UDP and TLS with the names, the parameters and the formats on the wire"
        echo " that WINDEV programs have, for every language that can call a C function."
    } >"$package/DEBIAN/control"
    (cd "$package" && find usr -type f -print0 | sort -z | xargs -0 md5sum) >"$package/DEBIAN/md5sums"
    find "$package" -type d -exec chmod 755 {} + -o -type f ! -name '*.so.*' -exec chmod 644 {} +
    find "$package" -type f -name 'libwdsocket.so.*' -exec chmod 644 {} +
    find "$package" -exec touch -h -d "@$SOURCE_DATE_EPOCH" {} +
    file=dist/${name}_$version-1_$architecture.deb
    dpkg-deb -Zxz --root-owner-group --build "$package" "$file" >/dev/null
    say "$file: $(stat -c %s "$file") bytes"
}
