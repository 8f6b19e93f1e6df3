# The DLLs and what a linker needs of them: read by windows.sh.

build() {
    toolchain
    local triple
    for triple in "${triples[@]}"; do
        say "building $triple"
        cross_cargo build --release --lib --target "$triple"
        pack "$triple"
    done
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
    say "$to: wdsocket.dll has $(stat -c %s "$to/wdsocket.dll") bytes"
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
