#!/bin/bash
# ./torture.sh [SECONDS]: the torture of ./test.sh --long with a longer soak, of so many seconds (default 600): system calls and
# allocations fail one by one, threads soak the library, networks misbehave.
cd "$(dirname "$0")" || exit 1
. scripts/install.sh

install_programs gcc make perl openssl python3 ip:iproute2 || exit 1
install_rust || exit 1
WDSOCKET_SOAK=${1:-600} cargo test --release --test torture -- --ignored --test-threads=1 --nocapture
