needs=(g++)
# The loader says it: the program is linked with the library.
missing=("libwdsocket.so.0: cannot open shared object file")
prepare() {
    local program
    for program in demo mistakes; do
        g++ -std=c++17 -Wall -Wextra -pedantic -Werror -O1 -pthread -I../../include "$program.cpp" -o "$built/$program" \
            -L"$library_folder" -lwdsocket || return 1
    done
}
demo() { LD_LIBRARY_PATH=$library_folder exec "$built/demo" "$@"; }
mistakes() { LD_LIBRARY_PATH=$(dirname "$WDSOCKET_LIBRARY") exec "$built/mistakes" "$@"; }
