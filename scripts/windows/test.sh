# The tests of the DLLs under Wine: read by windows.sh. Every promise that a program prints counts.

passed=0 failed=0 skipped=0
limit=300 # seconds a program may take

pass() { passed=$((passed + 1)) && echo "ok - $*"; }
fail() { failed=$((failed + 1)) && echo "not ok - $*"; }
skip() { skipped=$((skipped + 1)) && echo "skipped - $*"; }

# Programs about what Windows has no like of.
declare -A not_for_windows=(
    [idle_memory]="the bytes that it allows are those of 64-bit Linux"
    [descriptors]="it lowers the system's limit of descriptors (setrlimit)"
    [load]="it asks the Linux loader what a library does when it is loaded"
    [taken_over]="Windows takes no socket over: NOT_SUPPORTED"
    [tls_taken_over]="Windows takes no socket over: NOT_SUPPORTED"
    [unix_socket]="Windows has no Unix sockets here: NOT_SUPPORTED"
    [tls_unix]="Windows has no Unix sockets here: NOT_SUPPORTED"
    [dead_peer]="it has the kernel drop what comes for a socket"
    [tls_descriptors]="it lowers the system's limit of descriptors (setrlimit)"
    [shortage]="it stands in front of the C library's calls"
    [tls_shortage]="it stands in front of the C library's calls"
    [routes]="it gives a process a network of its own (network namespaces)"
    [own_interface]="it makes a network of its own (network namespaces)"
    [resolve]="it gives a process a name server of its own (network namespaces)"
    [signals]="it sends signals to threads that wait"
    [signal_ends_wait]="it sends signals to threads that wait"
    [machine]="it asks getifaddrs what the library has to tell; the unit tests cover it"
    [watch_echo]="it starts a second process by fork"
    [hosts]="it makes a network of its own (network namespaces)"
    [fork]="Windows has no fork"
    [tls_fork]="Windows has no fork"
    [tls_cancelled]="Windows has no pthread_cancel"
    [tls_balanced]="it is a server that the tests on Linux drive"
    [tls_crowd]="it is a server that the tests on Linux drive"
    [tls_load]="it loads the library with dlopen"
    [tls_two_openssl]="it loads the system's OpenSSL beside the library's own"
    [tls_duplex]="its peer is a program of the tests on Linux"
    [tls_flood]="its peer is a program of the tests on Linux"
    [watch_many]="it starts a second process by fork"
    [instructions]="valgrind counts what it does"
    [small_stack]="it sets the stack of its threads with pthreads"
)
# Not tests by themselves.
tools=" activated secure secret interop udp_tool windev_host host_peer faults "

run_tests() {
    build
    wine64
    set +e # what fails here is counted
    start_server "$cache/bin/run64"
    test_target x86_64-win7-windows-gnu run64
    if can_mount; then
        (set -e && wine32)
        start_server "$cache/bin/run32"
        test_target i686-win7-windows-gnu run32
    else
        skip "everything on 32 bits: this machine does not let us mount, which Wine 32 needs"
    fi
    echo "$passed passed, $failed failed, $skipped skipped"
    [ "$failed" = 0 ] && [ "$passed" -gt 0 ]
}

# test_target TRIPLE RUNNER
test_target() {
    local triple=$1 run=$cache/bin/$2 machine=${1%%-*} dll_folder folder
    dll_folder=$(folder_of "$triple")
    folder=$PWD/target/windows-tests/$machine
    echo "# $triple"
    mkdir -p "$folder"
    cp "$dll_folder/wdsocket.dll" "$folder/"
    exported_names "$machine" "$dll_folder"
    imported_functions "$machine" "$dll_folder"
    import_libraries "$machine" "$dll_folder" "$folder" "$run"
    certificate "$folder"
    c_programs "$machine" "$folder" "$run"
    stores "$machine" "$folder" "$run"
    doubles "$machine" "$folder" "$run"
    check_by_user "$machine" "$dll_folder" "$folder" "$run"
    windev "$machine" "$folder" "$run"
    vba "$machine" "$folder" "$run"
    pascal "$machine" "$folder" "$run"
    faults "$triple" "$machine" "$folder/fault" "$run"
    unit_tests "$triple" "$run"
    interop "$machine" "$folder" "$run"
}

# The names of tests/exports.txt, and the UTF-16 family of the header.
promised_names() {
    {
        awk '/^#/ { next } $1 == "both" { print $2; print $2 "Id"; next } NF { print $1 }' tests/exports.txt
        grep -oE 'WDSOCKET_CALL [A-Za-z]+W\(' include/wdsocket.h | sed 's/.* //; s/($//' || true
    } | sort
}

exported_names() {
    local what="$1: the DLL exports the promised names, undecorated, and nothing else" found
    found=$("$1-w64-mingw32-objdump" -p "$2/wdsocket.dll" |
        awk '/Ordinal\/Name Pointer/ { table = 1; next } NF == 0 { table = 0 } table { print $NF }' | sort)
    if [ -n "$found" ] && diff <(promised_names) <(echo "$found") >&2; then pass "$what"; else fail "$what"; fi
}

# What the DLL takes from the system, "library function" a line.
imports_of() {
    "$1-w64-mingw32-objdump" -p "$2/wdsocket.dll" | awk '
        /^The Export Tables/ { exit }
        /DLL Name:/ { library = tolower($3); sub(/\.dll$/, "", library); next }
        library != "" && NF == 3 && $2 ~ /^[0-9]+$/ { print library, $3 }' | sort -u
}

# Windows 7 has everything that the DLL asks for when it is loaded: scripts/windows/windows7.txt says since when.
imported_functions() {
    local what="$1: Windows 7 has every function that the DLL takes from the system" strange
    strange=$(imports_of "$1" "$2" | comm -23 - <(awk '!/^#/ && NF { print $1, $2 }' scripts/windows/windows7.txt | sort -u))
    if [ -z "$strange" ] && [ -n "$(imports_of "$1" "$2")" ]; then
        pass "$what"
    else
        fail "$what: not in scripts/windows/windows7.txt are ${strange//$'\n'/, }"
    fi
    what="$1: the DLL says that it is for Windows 6.1 and later"
    if [ "$("$1-w64-mingw32-objdump" -p "$2/wdsocket.dll" | awk '/^M(aj|in)or(OS|OSystem|Subsystem)Version/ { printf "%s ", $2 }')" = "6 1 6 1 " ]; then
        pass "$what"
    else
        fail "$what"
    fi
}

# A program links by either import library and runs.
import_libraries() {
    local machine=$1 dll_folder=$2 folder=$3 run=$4 library what
    cat >"$folder/link.c" <<'END'
#include "wdsocket.h"
#include <stdio.h>
int main(void)
{
    char text[200];
    intptr_t length = SocketVersion(text, sizeof text);
    return length > 0 && SocketClose("nobody") == 0 && SocketErrorCode() == 0 && puts(text) >= 0 ? 0 : 1;
}
END
    for library in libwdsocket.dll.a wdsocket.lib; do
        what="$machine: a program links by $library"
        if "$machine-w64-mingw32-gcc" -I"$dll_folder" "$folder/link.c" -o "$folder/link.exe" "$dll_folder/$library" &&
            (cd "$folder" && timeout $limit "$run" ./link.exe >/dev/null); then
            pass "$what"
        else
            fail "$what"
        fi
    done
}

# compile MACHINE FOLDER SOURCE PROGRAM FLAGS…
compile() {
    local machine=$1 folder=$2 source=$3 program=$4
    shift 4
    "$machine-w64-mingw32-gcc" -std=c11 -Wall -Wextra -Werror -O1 -D__USE_MINGW_ANSI_STDIO=1 "$@" \
        -Ic_tests -Ic_tests/windows -Iinclude "$source" -o "$folder/$program.exe" \
        "$(folder_of "$machine-")/libwdsocket.dll.a" -static -lpthread -lws2_32 -lpsapi -lcrypt32 -lbcrypt
}

c_programs() {
    local machine=$1 folder=$2 run=$3 source name family families once arguments
    # The programs that the tests on Linux run once, not for each family of functions.
    once=" $(awk '/^promises!/ { once = 0 } /^}/ { once = 0 } $1 == "once;" { once = 1 } once && match($0, /[a-z_]+\.c"/) {
        print substr($0, RSTART, RLENGTH - 3) }' tests/*.rs | tr '\n' ' ') "
    for source in c_tests/{sockets,process,tls,udp,watches,websocket,races}/*.c; do
        name=$(basename "$source" .c)
        [[ $tools == *" $name "* ]] && continue
        if [ -n "${not_for_windows[$name]:-}" ]; then
            skip "$machine $name: ${not_for_windows[$name]}"
            continue
        fi
        families="BY_NAME BY_ID"
        [[ $once == *" $name "* ]] && families=BY_NAME
        for family in $families; do
            if compile "$machine" "$folder" "$source" "$name-$family" "-D$family"; then
                arguments=()
                [[ $source == c_tests/tls/* ]] && arguments=("$folder/server.pem" "$folder/root.pem")
                [ "$name" = tls_password ] && arguments+=("$folder/locked.p12" "$folder/locked.pem")
                [ "$name" = tls_many ] && arguments+=(2400) # the caches have to fill
                [ "$name" = watch_tls ] && arguments=("$folder/server.pem")
                count_promises "$machine $name $family" "$folder" "$run" "./$name-$family.exe" "${arguments[@]}"
            else
                fail "$machine $name $family does not compile"
            fi
        done
    done
}

# count_promises WHAT FOLDER RUN PROGRAM ARGUMENTS…: runs it and counts its lines.
count_promises() {
    local what=$1 folder=$2 run=$3 line status=0 kept=0
    shift 3
    (cd "$folder" && timeout $limit "$run" "$@" >output.txt 2>errors.txt) || status=$?
    while IFS= read -r line; do
        case $line in
            "ok - "*) kept=$((kept + 1)) && pass "$what: ${line#ok - }" ;;
            "not ok - "*) fail "$what: ${line#not ok - }" ;;
            "skipped - "*) skip "$what: ${line#skipped - }" ;;
        esac
    done < <(tr -d '\r' <"$folder/output.txt")
    if [ "$status" != 0 ] || [ "$kept" = 0 ]; then
        fail "$what ended with $status after $kept promises"
        tail -n 20 "$folder/errors.txt" >&2
    fi
}

# Certificates out of the stores of the tests' own Windows.
stores() {
    local machine=$1 folder=$2 run=$3
    store_certificates "$folder/stores"
    if compile "$machine" "$folder" c_tests/windows/stores.c stores; then
        count_promises "$machine stores" "$folder" "$run" ./stores.exe stores
    else
        fail "$machine stores does not compile"
    fi
}

# What this Wine does not show: the DLL gets calls of the system's from the program that uses it.
doubles() {
    local machine=$1 folder=$2 run=$3 name
    later_certificate "$folder/later"
    "$machine-w64-mingw32-gcc" -std=c11 -O1 -DAS_DLL -shared -Ic_tests -Ic_tests/windows -Iinclude c_tests/windows/loading.c \
        -o "$folder/loading_dll.dll" "$(folder_of "$machine-")/libwdsocket.dll.a" -static -lpthread -lws2_32 ||
        fail "$machine: the DLL that calls from its DllMain does not compile"
    for name in clock loading winsock; do
        if ! compile "$machine" "$folder" "c_tests/windows/$name.c" "$name" -DBY_NAME; then
            fail "$machine $name does not compile"
            continue
        fi
        case $name in
            clock) set -- later/server.pem later/root.pem server.pem root.pem ;;
            loading) set -- server.pem root.pem ;;
            *) set -- ;;
        esac
        count_promises "$machine $name" "$folder" "$run" "./$name.exe" "$@"
    done
}

# The program that users have: its lines are those of the tests.
check_by_user() {
    local machine=$1 dll_folder=$2 folder=$3 run=$4
    cp "$dll_folder/wdcheck.exe" "$folder/"
    count_promises "$machine wdcheck" "$folder" "$run" ./wdcheck.exe --offline --no-wait
    if [ "$(grep -c . "$folder/wdcheck-report.txt")" -gt 40 ]; then
        pass "$machine wdcheck writes a report"
    else
        fail "$machine wdcheck writes no report"
    fi
}

# A panic inside the DLL: in each export, of one that is built to fail in a folder of its own. What the ordinary build
# made of OpenSSL is copied, and the build scripts that would otherwise be newer and run again. Hosts that ask Rust for
# stacks are no reason to walk theirs, hence RUST_BACKTRACE.
faults() {
    local triple=$1 machine=$2 folder=$3 run=$4 built=target/windows-tests/fault from export exports
    mkdir -p "$folder"
    for from in release "$triple/release"; do
        [ -e "$built/$from" ] && continue
        mkdir -p "$built/$from/deps"
        cp -a "target/$from/.fingerprint" "target/$from/build" "$built/$from/"
        find "target/$from/deps" -maxdepth 1 -type f -name '*.*' ! -name '*wdsocket*' -exec cp -a -t "$built/$from/deps" {} +
    done
    if ! cross_cargo build -q --release --lib --features fault-injection --target "$triple" --target-dir "$built" ||
        ! compile "$machine" "$folder" c_tests/process/faults.c faults; then
        fail "$machine: the DLL that is built to fail, or its program, does not build"
        return
    fi
    cp "$built/$triple/release/wdsocket.dll" "$folder/"
    exports=$(cd "$folder" && "$run" ./faults.exe --list | tr -d '\r')
    [ -n "$exports" ] || fail "$machine faults names no export"
    for export in $exports; do
        WDSOCKET_FAULT=$export RUST_BACKTRACE=1 count_promises "$machine faults in $export" "$folder" "$run" ./faults.exe
        [ ! -s "$folder/errors.txt" ] || fail "$machine faults in $export writes into the host's error output"
    done
}

windev() {
    local machine=$1 folder=$2 run=$3
    prototypes | awk '{ print "EXPORT(" $1 ", \"" $2 "\")" }' >"$folder/exports.inc"
    if "$machine-w64-mingw32-gcc" -std=c11 -Wall -Wextra -Werror -O1 -D__USE_MINGW_ANSI_STDIO=1 \
        -DEXPORTS='"exports.inc"' -I"$folder" -Iinclude c_tests/process/windev_host.c -o "$folder/windev_host.exe" -static; then
        count_promises "$machine windev_host" "$folder" "$run" ./windev_host.exe
    else
        fail "$machine windev_host does not compile"
    fi
}

# The calls of hosts/vba, made as VBA makes them.
vba() {
    local machine=$1 folder=$2 run=$3 what="$1: the calls of VBA"
    if "$machine-w64-mingw32-gcc" -std=c11 -Wall -Wextra -Werror -Wno-cast-function-type -O1 hosts/vba/host.c \
        -o "$folder/vba.exe" -static && (cd "$folder" && timeout $limit "$run" ./vba.exe >vba.log); then
        pass "$what"
    else
        fail "$what"
    fi
}

# The program of hosts/pascal, made for Windows, talks with a server in C.
pascal() {
    local machine=$1 folder=$2 run=$3 what="$1: a program of Free Pascal" made=$PWD/target/windows-tests/pascal
    local server hold port tls_port tries=600 status=1
    if ! hosts/pascal/windows.sh "$made" || ! compile "$machine" "$folder" c_tests/examples/host_peer.c host_peer; then
        fail "$what does not compile"
        return
    fi
    cp "$made/$machine/demo.exe" "$folder/pascal.exe"
    rm -f "$folder/hold" "$folder/ports"
    mkfifo "$folder/hold"
    (cd "$folder" && exec timeout $limit "$run" ./host_peer.exe serve server.pem <hold >ports) &
    server=$!
    exec {hold}>"$folder/hold"
    until [ -s "$folder/ports" ] || [ $((tries -= 1)) = 0 ]; do sleep 0.05; done
    if read -r port tls_port <"$folder/ports"; then
        (cd "$folder" && timeout $limit "$run" ./pascal.exe talk "$port" "${tls_port%$'\r'}" root.pem >pascal.log) {hold}>&- &&
            grep -q '^TLS: TLSv1.3 Welcome, ' "$folder/pascal.log" && grep -q '^not trusted: 20 ' "$folder/pascal.log" &&
            grep -q '^threads: 3 messages, then 18' "$folder/pascal.log" && grep -q '^leaving ' "$folder/pascal.log" &&
            (cd "$folder" && timeout $limit "$run" ./pascal.exe mistakes "$port" >pascal.log) {hold}>&- &&
            grep -q '^blank behind a name: SocketWrite("till ")' "$folder/pascal.log" &&
            grep -q '^wrong port: .* refused the connection' "$folder/pascal.log" && grep -q '^large: 65546' "$folder/pascal.log"
        status=$?
    fi
    exec {hold}>&-
    wait "$server"
    if [ $status = 0 ]; then pass "$what"; else fail "$what"; fi
}

# cargo's own tests, in the DLL's target. Without backtraces: a test that fails panics, and under the 32-bit Wine 8
# walking its stack crashes.
unit_tests() {
    local triple=$1 run=$2 runner attempt output result
    runner=CARGO_TARGET_$(tr a-z- A-Z_ <<<"$triple")_RUNNER
    for attempt in first second; do
        output=$(env "$runner=$run" RUST_BACKTRACE=0 timeout 1800 env -u CARGO RUSTC="$cache/bin/rustc" \
            "$cache/bin/cargo" test --release --lib --target "$triple" 2>&1 | tr -d '\r') || true
        if grep -q '^running ' <<<"$output"; then break; fi
        echo "# $triple: the $attempt start of the unit tests ended before they began"
    done
    result=$(grep -oE '^test result: .*' <<<"$output") || echo "$output" >&2
    if [[ $result =~ ([0-9]+)\ passed\;\ ([0-9]+)\ failed ]]; then
        passed=$((passed + BASH_REMATCH[1])) failed=$((failed + BASH_REMATCH[2]))
        echo "# $triple: unit tests: ${BASH_REMATCH[1]} passed, ${BASH_REMATCH[2]} failed"
        grep -E ' FAILED$|panicked at' <<<"$output"
    else
        fail "$triple: the unit tests do not run"
    fi
}
