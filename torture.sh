#!/bin/bash
# ./torture.sh [SECONDS]: makes system calls and allocations fail one by one, then soaks the library for so many seconds
# (default 60), one after the other. Takes nearly all ports of the machine: nothing else should run on it.
cd "$(dirname "$0")" || exit 1
. scripts/install.sh

install_programs gcc make perl openssl python3 ip:iproute2 || exit 1
install_rust || exit 1
WDSOCKET_TORTURE=1 WDSOCKET_SOAK=${1:-60} cargo test --release --test torture -- --ignored --test-threads=1 --nocapture
