# What builds the packages: read by package.sh, after scripts/windows/toolchain.sh.
#
# Debian's own rustc compiles for both processors, Zig's C compiler and its descriptions of old C libraries let the
# result run with glibc 2.17 and later. All of it but Debian's packages is under $cache and is made only once.

cache=${XDG_CACHE_HOME:-$HOME/.cache}/wdsocket-packages
rust=$cache/rust
machines=(x86_64 aarch64)
glibc=2.17

version=$(sed -n 's/^version = "\(.*\)"/\1/p' Cargo.toml | head -n 1)

# The date inside everything that has one: that of the release.
export SOURCE_DATE_EPOCH=1767225600 TZ=UTC LC_ALL=C

tools() {
    mkdir -p "$cache/bin"
    install_packages gcc libc6-dev make perl file zip rpm python3-venv libcurl4 libgit2-1.5 libssh2-1 \
        gcc-aarch64-linux-gnu libc6-dev-arm64-cross qemu-user-static
    compiler
    standard_library_of_aarch64
    zig
    auditable
}

# The package is of another architecture, which a private apt knows and this system need not.
standard_library_of_aarch64() {
    local into=$rust/usr/lib/rustlib/aarch64-unknown-linux-gnu apt=$cache/apt-arm64
    [ -d "$into" ] && return
    say "unpacking Rust's standard library for aarch64"
    mkdir -p "$apt"/lists/partial "$apt"/archives/partial "$apt"/state
    touch "$apt/state/status"
    cat >"$apt/apt.conf" <<END
APT::Architecture "arm64";
APT::Architectures { "arm64"; };
APT::Sandbox::User "root";
Dir::State "$apt/state";
Dir::State::Lists "$apt/lists";
Dir::State::status "$apt/state/status";
Dir::Cache "$apt";
Dir::Cache::archives "$apt/archives";
END
    APT_CONFIG=$apt/apt.conf apt-get update -qq
    (cd "$apt" && APT_CONFIG=$apt/apt.conf apt-get download -qq \
        "libstd-rust-web-dev=$(apt-cache policy rustc-web | sed -n 's/^ *Candidate: //p')")
    dpkg -x "$apt"/libstd-rust-web-dev_*.deb "$rust"
    rm -rf "$apt"
}

zig() {
    if [ ! -x "$cache/zig/bin/cargo-zigbuild" ]; then
        say "installing Zig's C compiler"
        rm -rf "$cache/zig"
        /usr/bin/python3 -m venv "$cache/zig"
        "$cache/zig/bin/pip" install -q ziglang==0.17.1 cargo-zigbuild==0.24.1
    fi
    # OpenSSL writes the name of its compiler into the library: one without a folder. Zig has its own names for targets. Debug
    # symbols of C would tell the folder that it was built in: -g0 stands behind what asks for them.
    local machine program
    program=$(echo "$cache"/zig/lib/python3*/site-packages/ziglang/zig)
    for machine in "${machines[@]}"; do
        cat >"$cache/bin/$machine-cc" <<END
#!/bin/sh
for argument; do
    shift
    case \$argument in --target=*) ;; *) set -- "\$@" "\$argument" ;; esac
done
exec "$program" cc -fno-sanitize=all -target $machine-linux-gnu.$glibc "\$@" -g0
END
        chmod +x "$cache/bin/$machine-cc"
    done
}

# Leaves the list of crates inside the library, for scanners. A build without it is the same otherwise.
auditable() {
    [ -x "$cache/auditable/bin/cargo-auditable" ] && return
    say "installing cargo-auditable"
    cross_cargo install -q --locked --root "$cache/auditable" cargo-auditable@0.7.7
}

# Binutils for a processor.
of_machine() {
    case $1 in "$(uname -m)") echo "$2" ;; *) echo "$1-linux-gnu-$2" ;; esac
}

debian_name() {
    case $1 in x86_64) echo amd64 ;; aarch64) echo arm64 ;; esac
}

sums() {
    (cd dist && find . -maxdepth 1 -type f ! -name SHA256SUMS -printf '%f\n' | sort | xargs -r sha256sum >SHA256SUMS)
}
