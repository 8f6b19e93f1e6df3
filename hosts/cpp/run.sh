needs=(g++)
prepare() {
    local program
    for program in demo mistakes; do
        g++ -std=c++17 -Wall -Wextra -pedantic -Werror -O1 -pthread -I../../include "$program.cpp" -o "$built/$program" \
            -L"$library_folder" -lwdsocket || return 1
    done
}
# The loader finds the library where LD_LIBRARY_PATH says; a program without it is refused by the loader, by name.
demo() { LD_LIBRARY_PATH=$library_folder exec "$built/demo" "$@"; }
mistakes() {
    [ -e "$WDSOCKET_LIBRARY" ] || echo "WDSOCKET_LIBRARY $WDSOCKET_LIBRARY means nothing to the loader, which says:"
    [ ! -e "$WDSOCKET_LIBRARY" ] || export LD_LIBRARY_PATH=$library_folder
    exec "$built/mistakes" "$@"
}
