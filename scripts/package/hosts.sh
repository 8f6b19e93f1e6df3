# The packages of Python, Node and .NET, of the libraries that linux and windows built: read by package.sh.

hosts() {
    local work platform
    tools
    install_packages mono-mcs
    work=$(mktemp -d "$cache/hosts.XXXXXX")
    for platform in $(built_platforms); do
        wheel "$platform" "$work"
    done
    npm_package "$work/npm/package"
    nuget_package "$work/nuget"
    rm -rf "$work"
}

# The platforms whose libraries are in dist/.
built_platforms() {
    local platform
    for platform in linux-x86_64 linux-aarch64 windows-x64 windows-x86; do
        [ ! -e "$(library_of "$platform")" ] || echo "$platform"
    done
}

library_of() {
    case $1 in
        linux-*) echo "dist/$1/lib/libwdsocket.so.$version" ;;
        windows-*) echo "dist/wdsocket-$version-$1/wdsocket.dll" ;;
    esac
}

# The licences of what is inside, which differ little between platforms.
third_party() {
    case $1 in
        linux-*) echo "dist/$1/share/doc/wdsocket/THIRD-PARTY.txt" ;;
        windows-*) echo "dist/wdsocket-$version-$1/THIRD-PARTY.txt" ;;
    esac
}

wheel() {
    local platform=$1 folder=$2/wheel-$1 name=libwdsocket.so.0 tag
    case $platform in
        linux-*) tag=manylinux_${glibc/./_}_${platform#linux-} ;;
        windows-x64) tag=win_amd64 name=wdsocket.dll ;;
        windows-x86) tag=win32 name=wdsocket.dll ;;
    esac
    mkdir -p "$folder/wdsocket_library"
    cp hosts/python/wdsocket.py hosts/python/wdsocket_c.py hosts/python/README.md LICENSE "$(third_party "$platform")" "$folder/"
    cp "$(library_of "$platform")" "$folder/wdsocket_library/$name"
    /usr/bin/python3 scripts/package/wheel.py "$folder" "$tag" "$version" dist
    say "wheel for $tag: $(stat -c %s "dist/wdsocket-$version-py3-none-$tag.whl") bytes"
}

# put_libraries FOLDER PLACE NAME X64 X86: each platform's library, and the licences of what is inside. In PLACE stands
# PLATFORM for the platform's name, which is X64 or X86 for those of Windows; NAME is the library's on Linux.
put_libraries() {
    local folder=$1 platform to name
    for platform in $(built_platforms); do
        case $platform in
            linux-x86_64) to=linux-x64 name=$3 ;;
            linux-aarch64) to=linux-arm64 name=$3 ;;
            windows-x64) to=$4 name=wdsocket.dll ;;
            windows-x86) to=$5 name=wdsocket.dll ;;
        esac
        to=$folder/${2/PLATFORM/$to}
        mkdir -p "$to"
        cp "$(library_of "$platform")" "$to/$name"
        cp "$(third_party "$platform")" "$folder/"
    done
}

# Each platform's library is in a folder that bears Node's name for it.
npm_package() {
    local folder=$1
    mkdir -p "$folder"
    cp hosts/node/wdsocket.js hosts/node/wdsocket_c.js hosts/node/README.md LICENSE "$folder/"
    sed "/\"private\"/d; s/\"version\": \"[^\"]*\"/\"version\": \"$version\"/" hosts/node/package.json >"$folder/package.json"
    put_libraries "$folder" library/PLATFORM libwdsocket.so.0 win32-x64 win32-ia32
    tar_of "dist/wdsocket-$version.tgz" "$folder" package
    say "npm package: $(stat -c %s "dist/wdsocket-$version.tgz") bytes"
}

# The assembly, and the libraries where .NET looks for them; build/wdsocket.targets copies them for what does not.
nuget_package() {
    local folder=$1 name
    mkdir -p "$folder/lib/net45" "$folder/_rels" "$folder/build"
    mcs -target:library -out:"$folder/lib/net45/Wdsocket.dll" hosts/csharp/Wdsocket.cs hosts/csharp/Wdsockets.cs
    cp LICENSE "$folder/"
    cp hosts/csharp/README.md "$folder/"
    sed "s/VERSION/$version/" hosts/csharp/wdsocket.nuspec >"$folder/wdsocket.nuspec"
    cp hosts/csharp/wdsocket.targets "$folder/build/"
    put_libraries "$folder" runtimes/PLATFORM/native libwdsocket.so win-x64 win-x86
    cat >"$folder/_rels/.rels" <<END
<?xml version="1.0" encoding="utf-8"?>
<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">
  <Relationship Type="http://schemas.microsoft.com/packaging/2010/07/manifest" Target="/wdsocket.nuspec" Id="R1" />
</Relationships>
END
    {
        echo '<?xml version="1.0" encoding="utf-8"?>'
        echo '<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types">'
        echo '  <Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml" />'
        for name in nuspec dll so md txt targets; do
            echo "  <Default Extension=\"$name\" ContentType=\"application/octet\" />"
        done
        echo '  <Override PartName="/LICENSE" ContentType="application/octet" />'
        echo '</Types>'
    } >"$folder/[Content_Types].xml"
    find "$folder" -exec touch -h -d "@$SOURCE_DATE_EPOCH" {} +
    rm -f "dist/wdsocket.$version.nupkg"
    (cd "$folder" && find . -type f | sort | zip -qX9 "$OLDPWD/dist/wdsocket.$version.nupkg" -@)
    say "NuGet package: $(stat -c %s "dist/wdsocket.$version.nupkg") bytes"
}

# What was made is installed from its file and used, on this machine.
test_hosts() {
    local folder=$scratch/hosts
    # Other sources of nodejs bring npm along.
    command -v npm >/dev/null || install_packages nodejs npm
    install_packages python3-venv nuget mono-runtime mono-mcs
    mkdir -p "$folder/node" "$folder/net"
    cp scripts/package/try.py "$folder/"
    cp scripts/package/try.js "$folder/node/"
    cp scripts/package/Try.cs "$folder/net/"
    here "wheel: pip installs it into an environment of its own" bash -c "
        /usr/bin/python3 -m venv '$folder/python' &&
        '$folder/python/bin/pip' install -q --no-index --find-links dist wdsocket"
    here "wheel: a program talks through the library inside" bash -c "
        cd '$folder' && env -u WDSOCKET_LIBRARY python/bin/python try.py | grep -qx 'one tea'"
    here "wheel: pip takes it away again" "$folder/python/bin/pip" uninstall -q -y wdsocket
    here "npm: the package is installed from its file, with koffi" bash -c "
        cd '$folder/node' && echo '{}' >package.json && npm install -s --no-audit --no-fund '$PWD/dist/wdsocket-$version.tgz'"
    here "npm: a program talks through the library inside" bash -c "
        cd '$folder/node' && env -u WDSOCKET_LIBRARY node try.js | grep -qx 'one tea'"
    here "NuGet: the package is installed from its file" bash -c "
        cd '$folder/net' && nuget install wdsocket -Version $version -Source '$PWD/dist' -OutputDirectory . </dev/null"
    here "NuGet: a program of Mono talks through the library inside" bash -c "
        cd '$folder/net' && cp wdsocket.$version/lib/net45/Wdsocket.dll wdsocket.$version/runtimes/linux-x64/native/libwdsocket.so . &&
        mcs -r:Wdsocket.dll Try.cs && mono Try.exe | grep -qx 'one tea'"
}
