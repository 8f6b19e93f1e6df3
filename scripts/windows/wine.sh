# Wine, 64 bits on this system and 32 bits in a small i386 Debian of its own: read by windows.sh.
#
# Leaves $cache/bin/run64 and run32: `run32 program.exe arguments`, without a display; `run32 --server arguments` is
# Wine's server itself. Both see this machine's loopback, so a program under Wine talks to one outside.

wine() {
    wine64
    wine32
}

wine64() {
    install_packages wine64 wine
    write_run64
    if [ ! -e "$wine64_prefix/ready" ]; then
        say "preparing Wine, 64 bits"
        timeout 300 "$cache/bin/run64" wineboot -i 2>/dev/null
        random_numbers x86_64 "$wine64_prefix/drive_c/windows/system32"
        touch "$wine64_prefix/ready"
    fi
}

# start_server RUN: Wine's server, for many programs one after another. Debian's ends with each program; a new one for
# the next takes a second or two, and once a program ended before it had begun.
start_server() {
    servers+=("$1")
    timeout 60 "$1" --server -w || true # one that is about to go would keep its own ways
    # It goes after so many seconds without a program, should nobody stop it, and holds no pipe open until then.
    "$1" --server -p600 2>/dev/null || say "Wine's server does not stay; the tests are slower"
}

stop_servers() {
    local run
    for run in "${servers[@]}"; do
        "$run" --server -k || true # none is there any more
    done
    servers=()
}

servers=()
trap stop_servers EXIT

# Without what tells OpenSSL of this Linux's roots: they are not Windows'.
write_run64() {
    mkdir -p "$cache/bin"
    cat >"$cache/bin/run64" <<END
#!/bin/sh
unset DISPLAY SSL_CERT_FILE SSL_CERT_DIR
export WINEDEBUG=\${WINEDEBUG:--all} WINEARCH=win64 WINEPREFIX=$wine64_prefix
case \$1 in --server) shift && exec /usr/lib/wine/wineserver "\$@" ;; esac
exec /usr/lib/wine/wine64 "\$@"
END
    chmod +x "$cache/bin/run64"
}

# Wine's 32-bit packages would pull a second architecture into this system, and their versions
# need not fit its own; a folder with a Debian of that architecture needs nothing from it.
wine32() {
    write_run32
    if [ ! -e "$wine32_root/ready" ]; then
        say "preparing Wine, 32 bits, in $wine32_root"
        install_packages debootstrap
        local mirror
        mirror=$(apt-get indextargets --format '$(REPO_URI) $(CODENAME)' 'Created-By: Packages' |
            awk '$2 == "bookworm" { print $1; exit }')
        as_root rm -rf --one-file-system "$wine32_root"
        or_say "making a Debian for i386 out of $mirror" \
            as_root debootstrap --variant=minbase --arch=i386 bookworm "$wine32_root" "$mirror"
        or_say "installing Wine for i386" \
            as_root chroot "$wine32_root" apt-get install -y -qq --no-install-recommends wine32 wine
        as_root chroot "$wine32_root" apt-get clean
        as_root cp /etc/hosts "$wine32_root/etc/hosts"
        (cd /tmp && timeout 300 "$cache/bin/run32" wineboot -i 2>/dev/null)
        random_numbers i686 "$wine32_root$wine32_prefix/drive_c/windows/system32"
        as_root touch "$wine32_root/ready"
    fi
}

# Wine needs /proc and /dev; the mounts are in a namespace of their own and go with the program. Its server
# outlives a program by some seconds, with what that one had mounted, and opens the next one's files: so all of them
# have the same mounted, every folder of this system that is not the system's own.
write_run32() {
    mkdir -p "$cache/bin"
    cat >"$cache/bin/run32" <<END
#!/bin/bash
root=$wine32_root
if [ "\$RUN32" != inside ]; then
    [ "\$(id -u)" = 0 ] || sudo=sudo
    exec \$sudo env RUN32=inside WDSOCKET_FAULT="\$WDSOCKET_FAULT" RUST_BACKTRACE="\${RUST_BACKTRACE:-0}" unshare -m --propagation private "\$0" "\$@"
fi
mount -t proc proc "\$root/proc" && mount --bind /dev "\$root/dev" && mount --bind /tmp "\$root/tmp" || exit 125
for folder in /*/; do
    case \$folder in
        /bin/ | /boot/ | /dev/ | /etc/ | /lib*/ | /lost+found/ | /proc/ | /run/ | /sbin/ | /sys/ | /tmp/ | /usr/ | /var/) ;;
        *) mkdir -p "\$root\$folder" && mount --rbind "\$folder" "\$root\$folder" || exit 125 ;;
    esac
done
case \$PWD/ in
    /usr/* | /var/* | /run/*) mkdir -p "\$root\$PWD" && mount --bind "\$PWD" "\$root\$PWD" || exit 125 ;;
esac
exec env -u DISPLAY -u RUN32 -u SSL_CERT_FILE -u SSL_CERT_DIR WINEDEBUG=\${WINEDEBUG:--all} WINEARCH=win32 WINEPREFIX=$wine32_prefix HOME=$wine32_prefix \\
    chroot "\$root" /bin/sh -c 'cd "\$1" && shift && case \$1 in --server) shift && exec /usr/lib/wine/wineserver "\$@" ;; esac
        exec /usr/lib/wine/wine "\$@"' sh "\$PWD" "\$@"
END
    chmod +x "$cache/bin/run32"
}

can_mount() {
    as_root unshare -m --propagation private mount -t tmpfs none /mnt 2>/dev/null
}

# Wine 8 lacks bcryptprimitives.dll, part of Windows since 8, which Rust's standard library asks
# for random numbers. This stand-in is for the tests; it is never shipped.
random_numbers() {
    local machine=$1 system32=$2 work decoration=
    [ -e "$system32/bcryptprimitives.dll" ] && return
    [ "$machine" = i686 ] && decoration='=ProcessPrng@8'
    work=$(mktemp -d)
    cat >"$work/random.c" <<'END'
#include <windows.h>
BOOLEAN NTAPI SystemFunction036(void *buffer, ULONG size); /* RtlGenRandom */
BOOL WINAPI ProcessPrng(unsigned char *buffer, SIZE_T size)
{
    while (size > 0) {
        ULONG part = size > 1 << 20 ? 1 << 20 : (ULONG)size;
        if (!SystemFunction036(buffer, part))
            return FALSE;
        buffer += part;
        size -= part;
    }
    return TRUE;
}
END
    printf 'LIBRARY bcryptprimitives.dll\nEXPORTS\n ProcessPrng%s\n' "$decoration" >"$work/random.def"
    "$machine-w64-mingw32-gcc" -O2 -s -shared -static-libgcc -o "$work/bcryptprimitives.dll" \
        "$work/random.c" "$work/random.def" -ladvapi32
    as_root cp "$work/bcryptprimitives.dll" "$system32/"
    rm -rf "$work"
}
