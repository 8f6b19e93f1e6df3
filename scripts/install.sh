# Sourced by demo.sh and test.sh: puts on a Debian or Ubuntu machine what a command needs and is not there yet.
#
#   install_programs gcc make ncat:ncat …   each is program[:package]; only what is missing is installed
#   install_rust [rustfmt] [clippy]         cargo and rustc, new enough for this crate, and the components named
#
# What is there is used as it is. What cannot be installed is said in one line.

say() { printf '%s\n' "$*" >&2; }

apt_lists_are_fresh=no

# Runs apt-get as root; the package lists are fetched once, before the first installation.
apt_install() {
    local as_root=()
    if ! command -v apt-get >/dev/null; then
        say "cannot install $*: this machine has no apt-get; install them by hand and start again"
        return 1
    fi
    if [ "$(id -u)" -ne 0 ]; then
        if ! command -v sudo >/dev/null; then
            say "cannot install $*: that takes root, and there is no sudo here"
            return 1
        fi
        as_root=(sudo)
    fi
    as_root+=(env DEBIAN_FRONTEND=noninteractive)
    if [ "$apt_lists_are_fresh" = no ]; then
        "${as_root[@]}" apt-get update -qq >&2 || say "apt-get update failed; trying with the lists at hand"
        apt_lists_are_fresh=yes
    fi
    say "installing: $*"
    # --no-remove: a package of the user's is never taken away to make room.
    if ! "${as_root[@]}" apt-get install -qq -y --no-install-recommends --no-remove "$@" >/dev/null; then
        say "cannot install $*: apt-get said why above"
        return 1
    fi
}

# Installs the packages of the programs that are missing, all at once.
install_programs() {
    local item missing=()
    for item in "$@"; do
        command -v "${item%%:*}" >/dev/null || missing+=("${item##*:}")
    done
    # cargo downloads crates over HTTPS, and a C program needs the C library's headers.
    [ -e /etc/ssl/certs/ca-certificates.crt ] || missing+=(ca-certificates)
    [ -e /usr/include/stdlib.h ] || missing+=(libc6-dev)
    # The smallest systems have a perl without the modules that configuring OpenSSL takes.
    case " $* " in *" perl "*) perl -MFindBin -MIPC::Cmd -MTime::Piece -e 1 2>/dev/null || missing+=(perl) ;; esac
    [ "${#missing[@]}" -eq 0 ] || apt_install "${missing[@]}"
}

# at_least 1.96.0 1.88: is the first version the second or newer?
at_least() { [ "$(printf '%s\n%s\n' "$1" "$2" | sort -V | head -n 1)" = "$2" ]; }

rust_minimum() { sed -n 's/^rust-version = "\(.*\)"/\1/p' Cargo.toml; }

# Puts a toolchain that is new enough first on PATH, if the machine has one.
find_rust() {
    local folder version
    for folder in "" "$HOME/.cargo/bin" /usr/lib/rust-*/bin; do
        version=$(PATH="${folder:+$folder:}$PATH" rustc --version 2>/dev/null | cut -d ' ' -f 2) || continue
        if [ -n "$version" ] && at_least "$version" "$(rust_minimum)" &&
            PATH="${folder:+$folder:}$PATH" cargo --version >/dev/null 2>&1; then
            PATH="${folder:+$folder:}$PATH"
            return 0
        fi
    done
    return 1
}

# The newest version of a package that apt could install.
apt_version() { apt-cache policy "$1" 2>/dev/null | sed -n 's/^  Candidate: \([0-9.]*\).*/\1/p'; }

# Names the packages of a toolchain that is new enough: the distribution's ordinary one, Debian's for web browsers,
# then Ubuntu's numbered ones.
rust_packages() {
    local suffix
    for suffix in "" -web $(apt-cache search --names-only '^rustc-1\.[0-9]+$' | sed 's/^rustc\(-[0-9.]*\).*/\1/' | sort -rV); do
        at_least "$(apt_version "rustc$suffix")" "$(rust_minimum)" || continue
        case $suffix in
        "") echo "rustc cargo ${1:+rustfmt} ${2:+rust-clippy}" ;;
        -web) echo "rustc-web cargo-web ${1:+rustfmt-web} ${2:+rust-web-clippy}" ;;
        *) echo "rustc$suffix cargo$suffix ${1:+rustfmt$suffix} ${2:+rust$suffix-clippy}" ;;
        esac
        return 0
    done
    return 1
}

# rustup, where it is there or can be had, fetches the current toolchain.
rust_by_rustup() {
    command -v rustup >/dev/null || apt_install rustup || return 1
    say "fetching the current Rust with rustup"
    rustup toolchain install stable --profile minimal --component rustfmt,clippy >&2 || return 1
    export RUSTUP_TOOLCHAIN=stable
}

# install_rust [rustfmt] [clippy]
install_rust() {
    local rustfmt="" clippy="" packages
    case " $* " in *" rustfmt "*) rustfmt=yes ;; esac
    case " $* " in *" clippy "*) clippy=yes ;; esac
    if ! find_rust; then
        if command -v rustup >/dev/null; then
            rust_by_rustup
        elif command -v apt-get >/dev/null; then
            # The lists have to be there before apt can tell its versions.
            [ "$apt_lists_are_fresh" = yes ] || apt_install ca-certificates || return 1
            if packages=$(rust_packages "$rustfmt" "$clippy"); then
                # shellcheck disable=SC2086 # one word a package
                apt_install $packages
            else
                rust_by_rustup
            fi
        fi
        hash -r
        if ! find_rust; then
            say "cannot build: no Rust $(rust_minimum) or newer here, nor among the packages; see https://rustup.rs"
            return 1
        fi
    fi
    if [ -n "$rustfmt" ] && ! cargo fmt --version >/dev/null 2>&1; then
        add_component rustfmt || say "cannot check the formatting: this Rust has no rustfmt"
    fi
    if [ -n "$clippy" ] && ! cargo clippy --version >/dev/null 2>&1; then
        add_component clippy || say "cannot run clippy: this Rust has no clippy"
    fi
}

# A toolchain that was there already may lack a component.
add_component() {
    local packages
    if command -v rustup >/dev/null; then
        rustup component add "$1" >&2
    else
        # shellcheck disable=SC2046,SC2086 # one word a package
        packages=$(rust_packages yes yes) && apt_install $packages
    fi
}
