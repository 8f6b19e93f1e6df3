"""wheel.py FOLDER TAG VERSION OUT: a wheel (PEP 427) of the files in FOLDER, with the same bytes for the same files."""

import base64
import hashlib
import os
import pathlib
import sys
import time
import zipfile

folder, tag, version, out = sys.argv[1:]
folder = pathlib.Path(folder)
information = f"wdsocket-{version}.dist-info"
date = time.gmtime(int(os.environ["SOURCE_DATE_EPOCH"]))[:6]

files = {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}
documents = {name: files.pop(name) for name in ("README.md", "LICENSE", "THIRD-PARTY.txt")}
files[f"{information}/licenses/LICENSE"] = documents["LICENSE"]
files[f"{information}/licenses/THIRD-PARTY.txt"] = documents["THIRD-PARTY.txt"]
files[f"{information}/WHEEL"] = f"""Wheel-Version: 1.0
Generator: wdsocket
Root-Is-Purelib: false
Tag: py3-none-{tag}
""".encode()
files[f"{information}/METADATA"] = f"""Metadata-Version: 2.1
Name: wdsocket
Version: {version}
Summary: The sockets of WLanguage (WINDEV)
License: MIT OR Apache-2.0
Requires-Python: >=3.9
Description-Content-Type: text/markdown

""".encode() + documents["README.md"]


def digest(data):
    return "sha256=" + base64.urlsafe_b64encode(hashlib.sha256(data).digest()).rstrip(b"=").decode()


record = f"{information}/RECORD"
lines = [f"{name},{digest(data)},{len(data)}" for name, data in sorted(files.items())]
files[record] = "\n".join([*lines, f"{record},,", ""]).encode()
with zipfile.ZipFile(pathlib.Path(out) / f"wdsocket-{version}-py3-none-{tag}.whl", "w", zipfile.ZIP_DEFLATED) as wheel:
    for name, data in sorted(files.items(), key=lambda file: (file[0] == record, file[0])):
        entry = zipfile.ZipInfo(name, date)
        entry.compress_type = zipfile.ZIP_DEFLATED
        entry.external_attr = 0o100644 << 16
        wheel.writestr(entry, data)
