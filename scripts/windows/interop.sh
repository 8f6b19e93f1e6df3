# The DLL under Wine against the shared object on this Linux: read by windows.sh.

# interop MACHINE FOLDER RUN
interop() {
    local machine=$1 folder=$2 run=$3 mode
    native_library
    cc -std=c11 -O1 -pthread -Iinclude -Ic_tests c_tests/sockets/interop.c -o "$folder/interop" -Ltarget/windows-tests/native \
        -lwdsocket -Wl,-rpath,"$PWD/target/windows-tests/native"
    compile "$machine" "$folder" c_tests/sockets/interop.c interop
    cat >"$folder/interop-wine" <<END
#!/bin/sh
cd "$folder" && exec "$run" ./interop.exe "\$@"
END
    chmod +x "$folder/interop-wine"
    for mode in size tag: tagbuffer:0d0a none; do
        meet "$machine" "$folder" interop-wine interop "$mode"
        meet "$machine" "$folder" interop interop-wine "$mode"
    done
    for mode in size none; do
        meet "$machine" "$folder" interop-wine interop "$mode" tls
        meet "$machine" "$folder" interop interop-wine "$mode" tls
    done
}

# The .so that ./test.sh has built, or one built now.
native_library() {
    local folder=target/windows-tests/native
    mkdir -p "$folder"
    if [ ! -e target/release/libwdsocket.so ] || [ -n "$(find src -newer target/release/libwdsocket.so -name '*.rs')" ]; then
        say "building the library for this Linux, OpenSSL included where it is not there yet"
        with_progress target/release if_there_is_rustup build --release --lib
    fi
    cp target/release/libwdsocket.so "$folder/libwdsocket.so.0"
    ln -sf libwdsocket.so.0 "$folder/libwdsocket.so"
}

# certificate FOLDER [DAYS]: server.pem, key and certificate for this machine, and the root.pem it leads to.
certificate() {
    local folder=$1 days=${2:-2}
    openssl req -x509 -newkey rsa:2048 -nodes -days "$days" -subj "/CN=Shop Root" \
        -keyout "$folder/root-key.pem" -out "$folder/root.pem" 2>/dev/null
    openssl req -newkey rsa:2048 -nodes -subj /CN=localhost -keyout "$folder/key.pem" -out "$folder/request.pem" 2>/dev/null
    openssl x509 -req -in "$folder/request.pem" -CA "$folder/root.pem" -CAkey "$folder/root-key.pem" -CAcreateserial -days "$days" \
        -extfile <(echo "subjectAltName=DNS:localhost,IP:127.0.0.1,IP:::1") -out "$folder/certificate.pem" 2>/dev/null
    cat "$folder/key.pem" "$folder/certificate.pem" >"$folder/server.pem"
    # The same behind a password.
    openssl pkcs12 -export -in "$folder/server.pem" -passout pass:wdsocket -out "$folder/locked.p12"
    openssl pkey -in "$folder/key.pem" -aes256 -passout pass:wdsocket -out "$folder/locked.pem"
    cat "$folder/certificate.pem" >>"$folder/locked.pem"
}

# This system's own cargo, where it has one.
if_there_is_rustup() {
    if command -v cargo >/dev/null; then cargo "$@"; else cross_cargo "$@"; fi
}

# later_certificate FOLDER: the same, valid beyond 2038.
later_certificate() {
    mkdir -p "$1"
    certificate "$1" 7300
}

# store_certificates FOLDER: a root, an authority of it and a server of that, as files for the stores of Windows.
store_certificates() {
    local folder=$1 name issuer extensions
    mkdir -p "$folder"
    openssl req -x509 -newkey rsa:2048 -nodes -days 2 -subj "/CN=wdsocket store root" \
        -keyout "$folder/root.key" -out "$folder/root.pem" 2>/dev/null
    issuer=root
    for name in authority server; do
        extensions=basicConstraints=critical,CA:TRUE
        [ "$name" = authority ] || extensions=subjectAltName=IP:127.0.0.1
        openssl req -newkey rsa:2048 -nodes -subj "/CN=wdsocket store $name" -keyout "$folder/$name.key" \
            -out "$folder/request.pem" 2>/dev/null
        openssl x509 -req -in "$folder/request.pem" -CA "$folder/$issuer.pem" -CAkey "$folder/$issuer.key" \
            -CAcreateserial -days 2 -extfile <(echo "$extensions") -out "$folder/$name.pem" 2>/dev/null
        issuer=$name
    done
    openssl x509 -in "$folder/root.pem" -outform der -out "$folder/root.der"
    openssl x509 -in "$folder/authority.pem" -outform der -out "$folder/authority.der"
    # The password is the one of the library's own exports, which the program stands in for under Wine.
    openssl pkcs12 -export -in "$folder/server.pem" -inkey "$folder/server.key" -passout pass:wdsocket -out "$folder/server.pfx"
    cat "$folder/server.key" "$folder/authority.pem" >>"$folder/server.pem"
    # One whose key a program stands in for: as the structure of SEC 1, of which it takes the numbers.
    openssl ecparam -name prime256v1 -genkey -noout -out "$folder/curve.key" 2>/dev/null
    openssl req -new -key "$folder/curve.key" -subj "/CN=wdsocket store server" -out "$folder/request.pem" 2>/dev/null
    openssl x509 -req -in "$folder/request.pem" -CA "$folder/authority.pem" -CAkey "$folder/authority.key" \
        -CAcreateserial -days 2 -extfile <(echo "subjectAltName=IP:127.0.0.1") -outform der -out "$folder/curve.der" 2>/dev/null
    openssl ec -in "$folder/curve.key" -outform der -out "$folder/curve-key.der" 2>/dev/null
}

# meet MACHINE FOLDER SERVER CLIENT MODE [tls]: two messages there and one back, of every kind of byte.
meet() {
    local machine=$1 folder=$2 server=$3 client=$4 mode=$5 tls=${6:-}
    local what="$machine: $client speaks with the server $server, mode $mode${tls:+, TLS}"
    local first=00017f80ff0a second=68656c6c6f answer=c3a9742c1b00 port heard said
    local serve=(standard "mode=$mode") call=(connect) get_first=read get_second=read get_answer=read
    if [ -n "$tls" ]; then
        serve=(standard-tls "$folder/server.pem" "mode=$mode")
        call=(connect-tls "$folder/root.pem")
    fi
    if [ "$mode" = none ]; then
        get_first=take=6 get_second=take=5 get_answer=take=6
    fi
    rm -f "$folder/port"
    mkfifo "$folder/port"
    timeout 120 "$folder/$server" "${serve[@]}" "$get_first" "$get_second" "write=$answer" rest >"$folder/port" 2>"$folder/server.err" &
    local process=$!
    exec 3<"$folder/port"
    read -r _ port <&3 || true
    port=${port%$'\r'}
    said=$(timeout 120 "$folder/$client" "${call[0]}" "$port" "${call[@]:1}" "mode=$mode" "write=$first" "write=$second" \
        "$get_answer" 2>"$folder/client.err" | tr -d '\r' || true)
    heard=$(tr -d '\r' <&3)
    exec 3<&-
    wait "$process" || true
    rm -f "$folder/port"
    if [ "$heard" = "${get_first%%=*} $first"$'\n'"${get_second%%=*} $second"$'\n'"rest " ] &&
        [ "$said" = "${get_answer%%=*} $answer" ]; then
        pass "$what"
    else
        fail "$what: the server heard \"$heard\", the client \"$said\""
        cat "$folder/server.err" "$folder/client.err" >&2
    fi
}
