# The packages installed, used and removed on clean systems: read by package.sh.
#
# Each test has a Debian of its own, a copy of one that debootstrap made, which goes away with it. What is mounted there
# is mounted in a namespace that ends with the command.

passed=0 failed=0 scratch=

test_packages() {
    tools
    install_packages debootstrap
    scratch=$(mktemp -d "$cache/test.XXXXXX")
    trap 'as_root rm -rf --one-file-system "$scratch"' EXIT
    # What is installed to build programs is Debian's own.
    base bookworm debian-12 gcc libc6-dev make pkg-config cmake python3 man-db rpm gdb
    base bookworm debian-12-clean
    base bullseye debian-11
    # For old systems too.
    "$cache/bin/x86_64-cc" -Iinclude c_tests/examples/example_installed.c -o "$scratch/installed" -Ldist/linux-x86_64/lib -lwdsocket

    test_deb
    test_library_alone debian-12-clean "Debian 12 with nothing else"
    test_library_alone debian-11 "Debian 11"
    test_archive
    test_rpm
    test_aarch64
    test_bill
    test_windows
    test_hosts
    echo "$passed passed, $failed failed"
    [ "$failed" = 0 ]
}

# base SUITE NAME PACKAGE…: $cache/NAME, made once.
base() {
    local suite=$1 name=$2 mirror log=$scratch/base.log
    root=$cache/$2
    shift 2
    [ -e "$root/ready" ] && return
    say "preparing $name"
    mirror=$(apt-get indextargets --format '$(REPO_URI) $(CODENAME)' 'Created-By: Packages' | awk '$2 == "bookworm" { print $1; exit }')
    as_root rm -rf --one-file-system "$root"
    as_root debootstrap --variant=minbase "$suite" "$root" "$mirror" >"$log" 2>&1 || { tail -n 5 "$log" >&2 && return 1; }
    as_root mkdir "$root/try"
    if [ $# -gt 0 ]; then
        inside "DEBIAN_FRONTEND=noninteractive apt-get install -qq -y --no-install-recommends $*" >"$log" 2>&1 ||
            { tail -n 5 "$log" >&2 && return 1; }
    fi
    as_root chroot "$root" apt-get clean
    as_root touch "$root/ready"
}

# system NAME: a copy of it, with the packages and the programs to try in /try.
system() {
    root=$scratch/$1
    as_root rm -rf --one-file-system "$root"
    as_root cp -a "$cache/$1" "$root"
    as_root cp dist/*.deb dist/*.rpm dist/*.tar.gz c_tests/examples/example_installed.c "$scratch/installed" "$root/try/"
    as_root tee "$root/try/try.py" >/dev/null <<'END'
import ctypes
library = ctypes.CDLL("libwdsocket.so.0")
for function in (library.SocketCreateId, library.SocketConnectId, library.SocketAcceptId, library.SocketWriteId, library.SocketReadId):
    function.restype = ctypes.c_ssize_t
text = ctypes.create_string_buffer(100)
server = library.SocketCreateId(0, b"127.0.0.1")
library.SocketLocalInfoId(server, 2, text, 100)
client = library.SocketConnectId(int(text.value), b"127.0.0.1", 5000)
library.SocketWaitForConnectionId(server, 5000)
channel = library.SocketAcceptId(server)
library.SocketWriteId(client, b"Hello", -1)
size = library.SocketReadId(channel, 0, 5000, text, 100)
assert text.raw[:size] == b"Hello", size
print("all is well")
END
}

# inside COMMANDS: in the system's /try, as its root.
inside() {
    # shellcheck disable=SC2016 # for the shell in there
    as_root unshare -m --propagation private bash -c 'mount -t proc proc "$0/proc" && mount --bind /dev "$0/dev" &&
        exec chroot "$0" env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin HOME=/root LC_ALL=C.UTF-8 bash -c "cd /try && $1"' "$root" "$1"
}

# holds PROMISE COMMANDS: COMMANDS succeed inside, in whose text $try stands for "says that all is well".
holds() {
    local said
    if said=$(inside "$2" 2>&1); then
        passed=$((passed + 1))
        echo "ok - $1"
    else
        failed=$((failed + 1))
        echo "not ok - $1"
        tail -n 15 <<<"$said" | sed 's/^/    /'
    fi
}

# As holds, outside.
here() {
    local promise=$1 said
    shift
    if said=$("$@" 2>&1); then
        passed=$((passed + 1))
        echo "ok - $promise"
    else
        failed=$((failed + 1))
        echo "not ok - $promise"
        tail -n 15 <<<"$said" | sed 's/^/    /'
    fi
}

well='| grep -x "all is well"'
cmake_project='printf "cmake_minimum_required(VERSION 3.10)\nproject(p C)\nfind_package(wdsocket 0.1 REQUIRED)\nadd_executable(a example_installed.c)\ntarget_link_libraries(a wdsocket::wdsocket)\nadd_executable(b example_installed.c)\ntarget_link_libraries(b wdsocket::wdsocket_static)\n" >CMakeLists.txt; rm -rf built; cmake -B built . && cmake --build built'
# Nothing of ours is left, but what was brought to be tried and pages that man keeps for itself.
nothing_left='test -z "$(find / -xdev -path /try -prune -o -path /proc -prune -o -path /var/cache/man -prune -o \( -iname "*wdsocket*" -o -name "SocketRead*" \) -print | tee /dev/stderr)"'

test_deb() {
    system debian-12
    holds ".deb: both packages are installed on Debian 12" \
        "apt-get install -y --no-install-recommends ./libwdsocket0_*_amd64.deb ./libwdsocket-dev_*_amd64.deb"
    holds ".deb: a C program through pkg-config" "gcc example_installed.c -o a \$(pkg-config --cflags --libs wdsocket) && ./a $well"
    holds ".deb: a C program without a shared library" \
        "gcc example_installed.c -o s -static \$(pkg-config --static --cflags --libs wdsocket) && ./s $well"
    holds ".deb: C programs through CMake, shared and static" "$cmake_project && built/a $well && built/b $well"
    holds ".deb: Python's ctypes" "python3 try.py $well"
    holds ".deb: man SocketRead, man SocketReadId, man 7 wdsocket" \
        'for page in SocketRead SocketReadId; do man $page | grep -q SocketLit || exit 1; done; man 7 wdsocket | grep -q WDSOCKET_ERR_TIMEOUT'
    holds ".deb: the HTML manual and the licences are there" \
        'cd /usr/share/doc && test -s libwdsocket-dev/html/SocketRead.html && grep -q "OpenSSL 4" libwdsocket0/copyright && test -s libwdsocket0/wdsocket-amd64.cdx.json'
    holds ".deb: the symbols file names every function" \
        'test "$(grep -c "^ .*@Base 0" /var/lib/dpkg/info/libwdsocket0:amd64.symbols)" = "$(grep -c "^WDSOCKET_API intptr_t [A-Z_]* [A-Za-z0-9]*[^W](" <(sed "/^#ifdef _WIN32/,\$d" /usr/include/wdsocket.h))"'
    holds ".deb: gdb finds the debug symbols" \
        'apt-get install -y ./libwdsocket0-dbgsym_*_amd64.deb && gdb -batch -ex "info line SocketRead" /usr/lib/x86_64-linux-gnu/libwdsocket.so.0 | grep -q "Line [0-9]* of"'
    holds ".deb: the packages are removed, and nothing is left" \
        "apt-get purge -y libwdsocket0 libwdsocket-dev libwdsocket0-dbgsym && $nothing_left"
}

# test_library_alone SYSTEM WHAT
test_library_alone() {
    system "$1"
    holds ".deb: libwdsocket0 is installed on $2" "dpkg -i ./libwdsocket0_*_amd64.deb"
    holds ".deb: a C program runs on $2" "./installed $well"
    holds ".deb: libwdsocket0 is removed from $2, and nothing is left" "dpkg -P libwdsocket0 && $nothing_left"
}

test_archive() {
    system debian-12
    holds ".tar.gz: it is installed in /usr/local" "tar xf wdsocket-$version-linux-x86_64.tar.gz && wdsocket-$version-linux-x86_64/install.sh"
    holds ".tar.gz: C programs through pkg-config and CMake" \
        "gcc example_installed.c -o a \$(pkg-config --cflags --libs wdsocket) && ./a $well && $cmake_project && built/a $well && built/b $well"
    holds ".tar.gz: Python's ctypes" "python3 try.py $well"
    holds ".tar.gz: man SocketRead" "man SocketRead | grep -q SocketLit"
    holds ".tar.gz: it is removed, and nothing is left" "wdsocket-$version-linux-x86_64/install.sh --uninstall && $nothing_left"
    holds ".tar.gz: it works where it was unpacked" \
        "gcc example_installed.c -o a -I\$PWD/wdsocket-$version-linux-x86_64/include -L\$PWD/wdsocket-$version-linux-x86_64/lib -lwdsocket -Wl,-rpath,\$PWD/wdsocket-$version-linux-x86_64/lib && ./a $well"
}

# Debian's rpm knows nothing of Debian's packages, hence --nodeps; what ours ask for is looked at instead.
test_rpm() {
    system debian-12
    holds ".rpm: it asks for glibc $glibc and nothing newer" \
        "rpm -qpR wdsocket-$version-1.x86_64.rpm | sed -n 's/.*(GLIBC_\\([0-9.]*\\)).*/\\1/p' | sort -V | tail -n 1 | grep -x $glibc"
    holds ".rpm: both packages are installed" "rpm -i --nodeps wdsocket-$version-1.x86_64.rpm wdsocket-devel-$version-1.x86_64.rpm"
    holds ".rpm: a C program" \
        "echo /usr/lib64 >/etc/ld.so.conf.d/lib64.conf && ldconfig && gcc example_installed.c -o a -L/usr/lib64 -lwdsocket && ./a $well"
    holds ".rpm: a C program through pkg-config" \
        "gcc example_installed.c -o b \$(PKG_CONFIG_PATH=/usr/lib64/pkgconfig pkg-config --cflags --libs wdsocket) && ./b $well"
    holds ".rpm: Python's ctypes" "python3 try.py $well"
    holds ".rpm: man SocketRead" "man SocketRead | grep -q SocketLit"
    holds ".rpm: the files are as they were packed" "rpm -V --nodeps wdsocket wdsocket-devel"
    holds ".rpm: the packages are removed, and nothing is left" "rpm -e wdsocket-devel wdsocket && $nothing_left"
}

# Under qemu-user, out of the package.
test_aarch64() {
    local tree=$scratch/arm64
    here "aarch64: the .deb is unpacked" dpkg -x "dist/libwdsocket0_$version-1_arm64.deb" "$tree"
    here "aarch64: a C program is built with it" "$cache/bin/aarch64-cc" -Iinclude c_tests/examples/example_installed.c -o "$scratch/arm" \
        "$tree/usr/lib/aarch64-linux-gnu/libwdsocket.so.0"
    here "aarch64: the C program runs" bash -c "qemu-aarch64-static -L /usr/aarch64-linux-gnu \
        -E LD_LIBRARY_PATH='$tree/usr/lib/aarch64-linux-gnu' '$scratch/arm' $well"
    here "aarch64: a C program without a shared library is built" aarch64-linux-gnu-gcc -static -Iinclude c_tests/examples/example_installed.c \
        -o "$scratch/arm-static" dist/linux-aarch64/lib/libwdsocket.a -pthread -ldl -lm
    here "aarch64: it runs too" bash -c "qemu-aarch64-static '$scratch/arm-static' $well"
}

# What is inside, and no path of this machine.
test_bill() {
    local machine library said
    for machine in "${machines[@]}"; do
        library=dist/linux-$machine/lib/libwdsocket.so.$version
        here "$machine: the bill of materials names the OpenSSL inside" bash -c "grep -aqF \"OpenSSL \$(sed -n 's/.*pkg:generic.openssl@\([0-9.]*\).*/\1/p' dist/linux-$machine/share/doc/wdsocket/wdsocket.cdx.json | head -n 1) \" $library"
        here "$machine: the list of crates is inside for scanners" bash -c "'$(of_machine "$machine" readelf)' -SW $library | grep -q '\.dep-v0'"
        here "$machine: no path of this machine is inside" bash -c "! { strings -a $library && strings -a dist/linux-$machine/lib/libwdsocket.a; } | grep -F -e '$PWD' -e '$cache' -e '$HOME/'"
        here "$machine: every function that it needs has a version of glibc, or is done without" \
            bash -c "! '$(of_machine "$machine" objdump)' -T $library | grep -F '*UND*' | grep -v -e GLIBC -e ' w '"
        here "$machine: glibc $glibc is enough" bash -c "test \"\$('$(of_machine "$machine" objdump)' -T $library | sed -n 's/.*(\?GLIBC_\([0-9.]*\).*/\1/p' | sort -V | tail -n 1)\" = $glibc"
    done
    here "SHA256SUMS holds" bash -c "cd dist && sha256sum -c --quiet SHA256SUMS"
}

# Programs for Windows are linked here; that they run is what ./windows.sh test is for.
test_windows() {
    local width machine folder
    for width in x64 x86; do
        case $width in x64) machine=x86_64 ;; *) machine=i686 ;; esac
        folder=$scratch/windows-$width
        if [ ! -e "dist/wdsocket-$version-windows-$width.zip" ]; then
            echo "skipped: Windows $width: ./package.sh windows has not been run"
            continue
        fi
        here "Windows $width: the zip is unpacked" unzip -q "dist/wdsocket-$version-windows-$width.zip" -d "$folder"
        folder=$folder/wdsocket-$version-windows-$width
        here "Windows $width: the ordinals in the DLL are those of the list" same_ordinals "$machine" "$folder/wdsocket.dll"
        here "Windows $width: the DLL has a version" bash -c "$machine-w64-mingw32-objdump -h '$folder/wdsocket.dll' | grep -q rsrc"
        here "Windows $width: a program with the import library" "$machine-w64-mingw32-gcc" -I"$folder" c_tests/examples/example_installed.c \
            -o "$folder/a.exe" "$folder/libwdsocket.dll.a"
        # shellcheck disable=SC2086 # one word a library
        here "Windows $width: a program with the static library" "$machine-w64-mingw32-gcc" -DWDSOCKET_STATIC -I"$folder" \
            c_tests/examples/example_installed.c -o "$folder/b.exe" "$folder/libwdsocket.a" -static $system_libraries
        here "Windows $width: the static library's functions are those of the list, and no other name meets a program's own" \
            only_the_list "$machine" "$folder/libwdsocket.a"
        echo 'int SSL_new(void) { return 0; } int EVP_DigestInit_ex(void) { return 0; }' >"$folder/own.c"
        # shellcheck disable=SC2086
        here "Windows $width: a program with the static library and an OpenSSL of its own" "$machine-w64-mingw32-gcc" -DWDSOCKET_STATIC \
            -I"$folder" c_tests/examples/example_installed.c "$folder/own.c" -o "$folder/c.exe" "$folder/libwdsocket.a" -static $system_libraries
        here "Windows $width: no path of this machine is inside" bash -c "! { strings -a '$folder/wdsocket.dll' && strings -a '$folder/libwdsocket.a'; } | grep -F -e '$PWD' -e '$cache' -e '$HOME/'"
        run_under_wine "$width" "$folder"
    done
}

run_under_wine() {
    local width=$1 folder=$2 run=${XDG_CACHE_HOME:-$HOME/.cache}/wdsocket-windows/bin/run program
    case $width in x64) run+=64 ;; *) run+=32 ;; esac
    [ -x "$run" ] || { echo "skipped: Windows $width under Wine: ./windows.sh test prepares it" && return; }
    for program in a b c; do
        here "Windows $width: $program.exe runs under Wine" bash -c "cd '$folder' && timeout 120 '$run' ./$program.exe | tr -d '\r' $well"
    done
}

only_the_list() {
    diff <(sed '/^#/d; s/.* //' build/ordinals.txt | sort) \
        <(global_names "$1" "$2" | awk '$1 !~ /^wdsocket_private_/ { print $2 }' | sort)
}

same_ordinals() {
    diff <(sed '/^#/d' build/ordinals.txt | sort) \
        <("$1-w64-mingw32-objdump" -p "$2" | awk '/^Export Address Table/ { part = 1 } /Ordinal\/Name/ { part = 2 }
            part == 2 && /^\t\[/ { gsub(/[][+]/, " "); print $1 + 1, $NF }' | sort)
}
