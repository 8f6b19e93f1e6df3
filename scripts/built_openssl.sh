# Sourced where the library is built once more in another way: takes the OpenSSL that `cargo build --release` has made, so that
# only Rust is compiled again. Where there is none yet, OpenSSL is built with the rest.

use_built_openssl() {
    local folder
    folder=$(ls -td "$PWD"/target/release/build/openssl-sys-*/out/openssl-build/install 2>/dev/null | head -n 1)
    [ -n "$folder" ] || return 0
    export OPENSSL_NO_VENDOR=1 OPENSSL_STATIC=1 OPENSSL_DIR=$folder
}
