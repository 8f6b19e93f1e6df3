# What builds and runs Windows programs on Debian 12 (amd64): read by windows.sh.
#
# All of it but Debian's own packages is under $cache, outside the repository, and is made only
# once. The rustup toolchain of the machine, if any, is neither needed nor touched.

cache=${XDG_CACHE_HOME:-$HOME/.cache}/wdsocket-windows
rust=$cache/rust
wine32_root=$cache/wine32
wine64_prefix=$cache/wineprefix64
wine32_prefix=/wineprefix # inside wine32_root

as_root() {
    if [ "$(id -u)" = 0 ]; then "$@"; else sudo "$@"; fi
}

# or_say WHAT COMMAND…: runs it in silence; where it fails, says what was to be had, by which command, and what that said.
or_say() {
    local what=$1 said status=0
    shift
    said=$(mktemp)
    "$@" >"$said" 2>&1 || status=$?
    if [ "$status" != 0 ]; then
        say "$what failed (exit $status): $*"
        tail -n 15 "$said" | sed 's/^/    /' >&2
        say "check the network and apt's sources (/etc/apt), then run this again: what is done already stays"
    fi
    rm -f "$said"
    return "$status"
}

install_packages() {
    local missing=() package
    for package in "$@"; do
        [ "$(dpkg-query -W -f '${db:Status-Status}' "$package" 2>/dev/null)" = installed ] || missing+=("$package")
    done
    [ ${#missing[@]} = 0 ] && return
    say "installing ${missing[*]}"
    or_say "reading the lists of packages" as_root apt-get update -qq
    or_say "installing ${missing[*]}" as_root env DEBIAN_FRONTEND=noninteractive \
        apt-get -o DPkg::Lock::Timeout=300 install -y -qq --no-install-recommends "${missing[@]}"
}

toolchain() {
    mkdir -p "$cache/bin"
    install_packages gcc libc6-dev make perl openssl llvm libcurl4 libgit2-1.5 libssh2-1 \
        gcc-mingw-w64-x86-64-win32 gcc-mingw-w64-i686-win32
    compiler
    for triple in "${triples[@]}"; do standard_library "$triple"; done
}

# Debian's newest rustc for bookworm. The package would drive out rustup, so it is unpacked.
compiler() {
    [ -x "$cache/bin/cargo" ] && return
    local version release packages=$cache/packages llvm
    [ -n "$(apt-cache madison rustc-web)" ] || or_say "reading the lists of packages" as_root apt-get update -qq
    version=$(apt-cache policy rustc-web | sed -n 's/^ *Candidate: //p')
    if [ -z "$version" ] || [ "$version" = "(none)" ]; then
        say "apt knows no package rustc-web, which bookworm-security or bookworm has: add one of them to apt's sources"
        return 1
    fi
    release=$(cut -d. -f1,2 <<<"$version")
    llvm=$(apt-cache show "libstd-rust-web-$release=$version" | grep -o 'libllvm[0-9]*' | head -1)
    say "unpacking rustc $version"
    mkdir -p "$packages" "$rust"
    (cd "$packages" && or_say "downloading rustc $version" apt-get download -qq "rustc-web=$version" \
        "cargo-web=$version" "rust-web-src=$version" "libstd-rust-web-dev=$version" \
        "libstd-rust-web-$release=$version" ${llvm:+"$llvm"})
    for package in "$packages"/*.deb; do dpkg -x "$package" "$rust"; done
    rm -rf "$packages"
    local tool
    for tool in rustc cargo; do
        cat >"$cache/bin/$tool.new" <<END
#!/bin/sh
LD_LIBRARY_PATH=$rust/usr/lib/x86_64-linux-gnu\${LD_LIBRARY_PATH:+:\$LD_LIBRARY_PATH}
export LD_LIBRARY_PATH
exec $rust/usr/bin/$tool "\$@"
END
        chmod +x "$cache/bin/$tool.new"
        mv "$cache/bin/$tool.new" "$cache/bin/$tool"
    done
}

cross_cargo() {
    env -u CARGO -u RUSTUP_TOOLCHAIN RUSTC="$cache/bin/rustc" "$cache/bin/cargo" "$@"
}

# Rust's standard library for one target, from its source, into the compiler's own folder.
standard_library() {
    local triple=$1 source work into=$rust/usr/lib/rustlib/$1/lib object
    [ -e "$into/libstd.rlib" ] && return
    say "building Rust's standard library for $triple"
    source=$rust/usr/src/$(basename "$(readlink "$rust/usr/lib/rustlib/src/rust")")/library
    work=$cache/work # always the same: the paths go into the library's hash
    rm -rf "$work"
    mkdir -p "$into" "$work"
    cp -r "$source" "$work/library"
    if [ "${triple%%-*}" = i686 ]; then
        # Where the tables of DWARF unwinding begin and end.
        for object in rsbegin rsend; do
            RUSTC_BOOTSTRAP=1 "$cache/bin/rustc" --target "$triple" --emit=obj -o "$into/$object.o" \
                "$source/rtstartup/$object.rs"
        done
    fi
    (cd "$work/library/sysroot" && RUSTC_BOOTSTRAP=1 CARGO_TARGET_DIR=$work/target \
        RUSTFLAGS="-Zforce-unstable-if-unmarked -Cembed-bitcode=yes" \
        cross_cargo build -q --release --target "$triple" --features panic-unwind,backtrace)
    cp "$work/target/$triple/release/deps/"*.rlib "$into/"
    rm -rf "$work"
}
