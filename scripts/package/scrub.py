"""scrub.py FILE PREFIX…: writes letters of the same number over the folders of the machine that built FILE.

Rust's standard library for Windows is built before the flags of the packages count, and OpenSSL names the folder that
would hold a configuration, which this library never reads."""

import re
import sys
from pathlib import Path

file = Path(sys.argv[1])
text = file.read_bytes()
for prefix in map(str.encode, sys.argv[2:]):
    text = text.replace(prefix, b"/crates".ljust(len(prefix), b"/")[: len(prefix)])
text = re.sub(rb"/[\w./+-]*/openssl-build/", lambda found: b"/openssl".ljust(len(found[0]), b"/"), text)
file.write_bytes(text)
