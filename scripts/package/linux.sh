# The libraries for Linux and their archives: read by package.sh.

linux() {
    local machine
    tools
    for machine in "${machines[@]}"; do
        build_library "$PWD" "$cache/target" "$machine"
        archive "$machine"
    done
}

# build_library SOURCES TARGET MACHINE. What is built tells nothing of the folders or of the day.
build_library() {
    local sources=$1 target=$2 machine=$3 triple=$3-unknown-linux-gnu changed folder
    # A new checkout dates every file now, and OpenSSL would be built once more for it.
    if changed=$(git log -1 --format=%ct -- openssl 2>/dev/null) && [ -n "$changed" ]; then
        touch -d "@$changed" "$sources/openssl/Cargo.toml" "$sources/openssl/src/lib.rs"
    fi
    say "building for $machine and glibc $glibc in $sources"
    (
        cd "$sources"
        export PATH=$cache/bin:$cache/zig/bin:$cache/auditable/bin:$PATH CARGO_TARGET_DIR=$target
        export "CC_${triple//-/_}=$machine-cc"
        export GNUMAKEFLAGS='ENGINESDIR=/usr/local/lib/engines-4 MODULESDIR=/usr/local/lib/ossl-modules'
        export RUSTFLAGS="-Clink-arg=-Wl,--build-id=sha1 --remap-path-prefix=$sources=/wdsocket --remap-path-prefix=$target=/target"
        cross_cargo fetch -q --locked
        for folder in "${CARGO_HOME:-$HOME/.cargo}"/registry/src/*; do
            RUSTFLAGS+=" --remap-path-prefix=$folder=/crates"
        done
        env -u RUSTUP_TOOLCHAIN CARGO="$cache/bin/cargo" RUSTC="$cache/bin/rustc" \
            cargo-auditable auditable zigbuild --release --locked --lib --target "$triple.$glibc"
    )
}

# archive MACHINE: dist/linux-MACHINE, as it is installed under a prefix, and the .tar.gz of it.
archive() {
    local machine=$1 name=wdsocket-$version-linux-$1 tree=dist/linux-$1 built=$cache/target/$1-unknown-linux-gnu/release
    rm -rf "$tree"
    stage "$built" "$tree" "$machine"
    papers "$machine-unknown-linux-gnu" "$tree/share/doc/wdsocket"
    cp install.sh "$tree/"
    tar_of "dist/$name.tar.gz" "$tree" "$name" --exclude=lib/debug
    tar_of "dist/$name-debug.tar.gz" "$tree/lib/debug" "$name-debug"
    say "$name: libwdsocket.so has $(stat -c %s "$tree/lib/libwdsocket.so.$version") bytes, libwdsocket.a $(stat -c %s "$tree/lib/libwdsocket.a")"
}

# tar_of FILE FOLDER NAME OPTION…: the same bytes for the same files.
tar_of() {
    local file=$1 folder=$2 name=$3
    shift 3
    tar -C "$folder" --sort=name --owner=0 --group=0 --numeric-owner --mtime="@$SOURCE_DATE_EPOCH" \
        --transform "s,^\.,$name,S" "$@" -cf - . | gzip -9n >"$file"
}

# twice [MACHINE…]: the libraries once more, from a copy of the sources in another folder.
twice() {
    local copy machine file status=0
    [ $# -gt 0 ] || set -- "${machines[@]}"
    tools
    copy=$(mktemp -d "$cache/twice.XXXXXX")
    mkdir "$copy/elsewhere"
    copy_sources "$copy/elsewhere"
    for machine in "$@"; do
        build_library "$PWD" "$cache/target" "$machine"
        build_library "$copy/elsewhere" "$copy/built" "$machine"
        for file in libwdsocket.so libwdsocket.a; do
            if cmp "$cache/target/$machine-unknown-linux-gnu/release/$file" "$copy/built/$machine-unknown-linux-gnu/release/$file"; then
                echo "ok - $machine $file has the same bytes from two folders"
            else
                echo "not ok - $machine $file has the same bytes from two folders"
                status=1
            fi
        done
    done
    if [ $status = 0 ]; then
        rm -rf "$copy"
    else
        say "what was built the second time is in $copy/built"
    fi
    return $status
}
