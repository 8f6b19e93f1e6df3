# What is inside a library and under which licences: read by package.sh.

# papers TRIPLE FOLDER: THIRD-PARTY.txt and wdsocket.cdx.json. What Zig links has LLVM's libunwind inside.
papers() {
    local libunwind=()
    case $1 in *-linux-*) libunwind=("$cache"/zig/lib/python3*/site-packages/ziglang/lib/libunwind/LICENSE.TXT) ;; esac
    cross_cargo metadata --locked --format-version 1 --filter-platform "$1" |
        /usr/bin/python3 scripts/package/papers.py "$1" "$2" "${libunwind[@]}"
}
