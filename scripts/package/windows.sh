# The zips for Windows, of what ./windows.sh build builds: read by package.sh.
#
# It is built in a copy of the sources, so that nothing of this machine's folders gets into the DLLs, and with flags
# that an ordinary build has not, for which OpenSSL would be compiled anew each time.

windows() {
    local copy=$cache/windows/sources target=$cache/windows/target width
    tools
    install_packages llvm gcc-mingw-w64-x86-64-win32 gcc-mingw-w64-i686-win32
    mkdir -p "$copy" "$target"
    copy_sources "$copy"
    ln -sfn "$target" "$copy/target"
    (
        cd "$copy"
        # Cargo's folder of crates has a name of its own on each machine.
        export RUSTFLAGS="--remap-path-prefix=$copy=/wdsocket --remap-path-prefix=$target=/target" folder
        cross_cargo fetch -q --locked
        for folder in "${CARGO_HOME:-$HOME/.cargo}"/registry/src/*; do
            RUSTFLAGS+=" --remap-path-prefix=$folder=/crates"
        done
        export GNUMAKEFLAGS='ENGINESDIR=/usr/local/lib/engines-4 MODULESDIR=/usr/local/lib/ossl-modules'
        ./windows.sh build
    )
    for width in x64 x86; do
        zip_of "$copy" "$target" "$width"
    done
}

# copy_sources INTO: what git knows and nothing else; a file that has not changed keeps its date there.
copy_sources() {
    local file
    (cd "$1" && find . \( -path ./target -o -path ./dist \) -prune -o -type f -printf '%P\n') | sort |
        comm -23 - <(git ls-files | sort) | while IFS= read -r file; do rm "$1/$file"; done
    git ls-files | while IFS= read -r file; do
        cmp -s "$file" "$1/$file" && continue
        mkdir -p "$1/$(dirname "$file")"
        cp "$file" "$1/$file"
    done
}

zip_of() {
    local copy=$1 target=$2 width=$3 name=wdsocket-$version-windows-$3 triple machine to built file
    case $width in x64) machine=x86_64 ;; *) machine=i686 ;; esac
    triple=$(sed -n "s/^triples=(.*\($machine-[a-z0-9-]*\).*)$/\1/p" windows.sh)
    built=$target/$triple/release
    to=dist/$name
    rm -rf "$to"
    mkdir -p dist
    cp -r "$copy/dist/windows/$width" "$to"

    # The numbers of the functions, as the DLL has them.
    ordinals "$machine" "$to"
    static_library_of_windows "$machine" "$built/libwdsocket.a" "$to/libwdsocket.a"
    static_page >"$to/STATIC.txt"
    # The debugger finds it by name, beside the DLL.
    "$machine-w64-mingw32-objcopy" --only-keep-debug "$built/wdsocket.dll" "$to/wdsocket.dll.debug"
    "$machine-w64-mingw32-objcopy" --add-gnu-debuglink="$to/wdsocket.dll.debug" "$to/wdsocket.dll"
    for file in wdsocket.dll libwdsocket.a; do
        /usr/bin/python3 scripts/package/scrub.py "$to/$file" "${CARGO_HOME:-$HOME/.cargo}"/registry/src/* "$target" "$copy"
    done
    cp LICENSE README.md CHANGELOG.md "$to/"
    cp -r windev "$to/"
    papers "$triple" "$to"
    ./manual.sh --into "$to/share"
    mv "$to/share/doc/wdsocket/html" "$to/manual"
    rm -rf "$to/share"

    find "$to" -exec touch -h -d "@$SOURCE_DATE_EPOCH" {} +
    rm -f "dist/$name.zip" "dist/$name-debug.zip"
    (
        cd dist
        zip -qX9 "$name-debug.zip" "$name/wdsocket.dll.debug"
        rm "$name/wdsocket.dll.debug"
        find "$name" -type f | sort | zip -qX9 "$name.zip" -@
    )
    say "dist/$name.zip: $(stat -c %s "dist/$name.zip") bytes, wdsocket.dll $(stat -c %s "$to/wdsocket.dll")"
}

# static_library_of_windows MACHINE BUILT FILE. For mingw. What the header does not declare gets a name that no program
# has, so that the OpenSSL inside does not meet the program's own: one object with private names, as on Linux, cannot be
# made of Windows' object files. The folders that rustc worked in stand in some names, which get a number.
static_library_of_windows() {
    local machine=$1 built=$2 file=$3 names
    names=$(mktemp)
    "$machine-w64-mingw32-objcopy" --strip-debug -R .llvmbc -R .llvmcmd "$built" "$file"
    global_names "$machine" "$file" | awk '
        NR == FNR { exported[$2]; next }
        !($1 in exported) && !($2 in exported) { print $1 }' build/ordinals.txt - | sort -u |
        awk '{ print $1, "wdsocket_private_" ($1 ~ /_imports_lib/ ? NR : $1) }' >"$names"
    "$machine-w64-mingw32-objcopy" --redefine-syms="$names" "$file"
    rm "$names"
}

# global_names MACHINE ARCHIVE: what it defines for others, each name as it is and as C writes it.
global_names() {
    "$1-w64-mingw32-nm" -g --defined-only "$2" 2>/dev/null | awk 'NF == 3 {
        name = $3
        sub(/^_/, "", name)
        sub(/@[0-9]*$/, "", name)
        print $3, name }'
}

# The .def and the import libraries once more, with the ordinals.
ordinals() {
    local machine=$1 to=$2
    awk 'NR == FNR { if ($1 != "#") number[$2] = $1; next }
        /^    / { name = $1; sub(/@.*/, "", name); print "    " $1 (name in number ? " @" number[name] : ""); next } { print }' \
        build/ordinals.txt "$to/wdsocket.def" >"$to/wdsocket.def.new"
    mv "$to/wdsocket.def.new" "$to/wdsocket.def"
    if [ "$machine" = i686 ]; then
        i686-w64-mingw32-dlltool -k -d "$to/wdsocket.def" -l "$to/libwdsocket.dll.a"
        llvm-dlltool -k -m i386 -d "$to/wdsocket.def" -l "$to/wdsocket.lib"
    else
        x86_64-w64-mingw32-dlltool -d "$to/wdsocket.def" -l "$to/libwdsocket.dll.a"
        llvm-dlltool -m i386:x86-64 -d "$to/wdsocket.def" -l "$to/wdsocket.lib"
    fi
}

static_page() {
    cat <<END
libwdsocket.a links the library into the program itself, with mingw:

    gcc -DWDSOCKET_STATIC program.c libwdsocket.a -static $system_libraries

WDSOCKET_STATIC has to be defined where wdsocket.h is included. Whatever the header does not declare has a name that
begins with wdsocket_private_: the OpenSSL inside does not meet an OpenSSL of the program's own.
END
}

# As rustc --print native-static-libs tells them, and those of OpenSSL.
system_libraries="-lcrypt32 -lws2_32 -lgdi32 -luser32 -ladvapi32 -lbcrypt -lntdll -luserenv -lkernel32"
