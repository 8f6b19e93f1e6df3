# The DLLs and what a linker needs of them: read by windows.sh.

build() {
    toolchain
    local triple
    for triple in "${triples[@]}"; do
        say "building $triple (OpenSSL alone takes some minutes, the first time)"
        with_progress "target/$triple/release" cross_cargo build --release --lib --target "$triple"
        pack "$triple"
    done
}

# with_progress FOLDER COMMAND…: runs it, and says every half minute how far OpenSSL is: cargo says nothing of that.
with_progress() {
    local folder=$1 status=0 watcher
    shift
    (
        trap 'kill "$!" 2>/dev/null' EXIT
        while sleep 30 & wait "$!"; do
            count=$(find "$folder"/build/openssl-sys-*/out/openssl-build/build -name '*.o*' 2>/dev/null | wc -l)
            [ "$count" = 0 ] || say "OpenSSL: $count of about 1000 files compiled"
        done
    ) &
    watcher=$!
    "$@" || status=$?
    kill "$watcher" 2>/dev/null || true
    wait "$watcher" 2>/dev/null || true
    return "$status"
}

folder_of() {
    case $1 in x86_64-*) echo dist/windows/x64 ;; *) echo dist/windows/x86 ;; esac
}

# pack TRIPLE: the DLL without its debug information, import libraries and the header.
pack() {
    local triple=$1 machine=${1%%-*} to
    to=$(folder_of "$triple")
    rm -rf "$to"
    mkdir -p "$to"
    cp include/wdsocket.h "$to/"
    # The plain one knows C's own convention alone, which 32-bit Windows does not use.
    [ "$machine" = i686 ] || cp include/wdsocket_plain.h "$to/"
    "$machine-w64-mingw32-strip" -s -o "$to/wdsocket.dll" "target/$triple/release/wdsocket.dll"
    definition "$machine" >"$to/wdsocket.def"
    # -k: the linker looks for _SocketRead@20 where a 32-bit DLL says SocketRead.
    if [ "$machine" = i686 ]; then
        i686-w64-mingw32-dlltool -k -d "$to/wdsocket.def" -l "$to/libwdsocket.dll.a"
        llvm-dlltool -k -m i386 -d "$to/wdsocket.def" -l "$to/wdsocket.lib"
    else
        x86_64-w64-mingw32-dlltool -d "$to/wdsocket.def" -l "$to/libwdsocket.dll.a"
        llvm-dlltool -m i386:x86-64 -d "$to/wdsocket.def" -l "$to/wdsocket.lib"
    fi
    check_program "$machine" "$to"
    say "$to: wdsocket.dll has $(stat -c %s "$to/wdsocket.dll") bytes"
}

# wdcheck.exe, by which a user sees what his Windows does with the DLL. Its server's certificate and root are of this build.
check_program() {
    local machine=$1 to=$2 made=target/wdcheck
    if [ ! -e "$made/wdcheck_pem.h" ]; then
        mkdir -p "$made"
        openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 7300 -subj "/CN=wdcheck root" \
            -keyout "$made/root.key" -out "$made/root.pem" 2>/dev/null
        openssl req -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -subj /CN=wdcheck \
            -keyout "$made/server.key" -out "$made/request.pem" 2>/dev/null
        openssl x509 -req -in "$made/request.pem" -CA "$made/root.pem" -CAkey "$made/root.key" -CAcreateserial -days 7300 \
            -extfile <(echo "subjectAltName=DNS:localhost,IP:127.0.0.1") -out "$made/server.pem" 2>/dev/null
        cat "$made/server.key" >>"$made/server.pem"
        for name in root server; do
            echo "static const char ${name}_pem[] ="
            sed 's/.*/    "&\\n"/; $s/$/;/' "$made/$name.pem"
        done >"$made/wdcheck_pem.h.new"
        mv "$made/wdcheck_pem.h.new" "$made/wdcheck_pem.h"
    fi
    "$machine-w64-mingw32-gcc" -std=c11 -Wall -Wextra -Werror -O2 -s -D__USE_MINGW_ANSI_STDIO=1 -I"$made" -Iinclude \
        -Wl,--major-os-version,6,--minor-os-version,1,--major-subsystem-version,6,--minor-subsystem-version,1 \
        c_tests/windows/wdcheck.c -o "$to/wdcheck.exe" "$to/libwdsocket.dll.a" -static -lws2_32 -lcrypt32 -lpsapi
}

# The header's functions as "name parameters", p for a pointer and i for an integer.
prototypes() {
    tr '\n' ' ' <include/wdsocket.h | grep -oE 'WDSOCKET_CALL [A-Za-z0-9]*\([^)]*\)' |
        sed 's/^WDSOCKET_CALL //; s/(void)/()/' |
        awk -F'[()]' '{
            kinds = ""
            count = split($2, parameters, ",")
            for (i = 1; i <= count; i++) kinds = kinds (parameters[i] ~ /\*/ ? "p" : "i")
            print $1, kinds
        }' | sort
}

# The .def: on 32 bits with the bytes that stdcall takes off the stack, four a parameter.
definition() {
    echo "LIBRARY wdsocket.dll"
    echo "EXPORTS"
    if [ "$1" = i686 ]; then
        prototypes | awk '{ print "    " $1 "@" 4 * length($2) }'
    else
        prototypes | awk '{ print "    " $1 }'
    fi
}
