# Sourced by install.sh and package.sh: lays a built library out as it is installed.
#
#   stage BUILT TREE MACHINE [LIBRARIES [PREFIX]]
#
# BUILT holds libwdsocket.so and libwdsocket.a as cargo leaves them. In TREE there are then include/, share/ and LIBRARIES
# (lib): the stripped library with its links, the static library that exports the header's functions and nothing else,
# and what pkg-config and CMake read. The debug symbols are in TREE/lib/debug. PREFIX is where the tree will lie; without
# it wdsocket.pc finds that out by itself, wherever the tree is moved.

stage() {
    local built=$1 tree=$2 machine=$3 libraries=${4:-lib} prefix=${5:-} version major tools="" up file
    version=$(sed -n 's/^version = "\(.*\)"/\1/p' Cargo.toml | head -n 1)
    major=${version%%.*}
    [ "$machine" = "$(uname -m)" ] || tools=$machine-linux-gnu-
    up=$(sed 's,[^/]*,..,g' <<<"$libraries")
    mkdir -p "$tree/include" "$tree/$libraries/pkgconfig" "$tree/$libraries/cmake/wdsocket" "$tree/lib/debug"
    install -m 644 include/wdsocket.h include/wdsocket_plain.h "$tree/include/"

    file=$tree/$libraries/libwdsocket.so.$version
    "${tools}objcopy" --only-keep-debug "$built/libwdsocket.so" "$tree/lib/debug/libwdsocket.so.$version.debug"
    chmod 644 "$tree/lib/debug/libwdsocket.so.$version.debug"
    "${tools}objcopy" --strip-all --add-gnu-debuglink="$tree/lib/debug/libwdsocket.so.$version.debug" "$built/libwdsocket.so" "$file"
    chmod 755 "$file"
    ln -sf "libwdsocket.so.$version" "$tree/$libraries/libwdsocket.so.$major"
    ln -sf "libwdsocket.so.$major" "$tree/$libraries/libwdsocket.so"
    static_library "$tools" "$built" "$tree/$libraries/libwdsocket.a"

    sed "s,@prefix@,${prefix:-\${pcfiledir\}/../$up},; s,@libraries@,$libraries,; s,@version@,$version," \
        scripts/stage/wdsocket.pc >"$tree/$libraries/pkgconfig/wdsocket.pc"
    for file in wdsocket-config.cmake wdsocket-config-version.cmake; do
        sed "s,@up@,../../$up,; s,@libraries@,$libraries,; s,@version@,$version," "scripts/stage/$file" \
            >"$tree/$libraries/cmake/wdsocket/$file"
    done

    mkdir -p "$tree/share/doc/wdsocket"
    install -m 644 LICENSE README.md CHANGELOG.md "$tree/share/doc/wdsocket/"
    ./manual.sh --into "$tree/share"
}

# static_library TOOLS BUILT FILE. cargo's own exports ten thousand functions, and takes the place of a program's own
# OpenSSL or Rust: here one object holds all, and every name that the header does not declare is its own affair.
static_library() {
    local tools=$1 built=$2 file=$3 work
    work=$(mktemp -d)
    "${tools}nm" -D --defined-only "$built/libwdsocket.so" | awk '{ print $3 }' | sort >"$work/exports"
    # shellcheck disable=SC2046 # two words a name
    "${tools}ld" -r -d --gc-sections --force-group-allocation $(sed 's/^/-u /' "$work/exports") \
        -o "$work/whole.o" "$built/libwdsocket.a"
    "${tools}objcopy" --strip-unneeded -R .llvmbc -R .llvmcmd --keep-global-symbols="$work/exports" \
        "$work/whole.o" "$work/wdsocket.o"
    rm -f "$file"
    "${tools}ar" Drcs "$file" "$work/wdsocket.o"
    chmod 644 "$file"
    rm -rf "$work"
}
