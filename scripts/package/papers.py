"""Writes what a library contains: papers.py TRIPLE FOLDER [LIBUNWIND] < cargo's metadata

FOLDER/THIRD-PARTY.txt   the licence texts of every crate inside, as its authors ship them, and OpenSSL's
FOLDER/wdsocket.cdx.json the same as a bill of materials (CycloneDX 1.5)

LIBUNWIND is the licence of LLVM's libunwind, for a library that has it inside.
"""

import datetime
import hashlib
import json
import os
import re
import sys
import uuid
from pathlib import Path

TEXT = re.compile(r"(licen[cs]e|copying|copyright|notice|unlicense)", re.I)
RULE = "=" * 79


def inside(metadata):
    """The packages of which code is in the library, and what each of them needs: no build scripts, no tests."""
    nodes = {node["id"]: node for node in metadata["resolve"]["nodes"]}
    packages = {package["id"]: package for package in metadata["packages"]}
    root = metadata["resolve"]["root"]
    needs, waiting = {}, [root]
    while waiting:
        one = waiting.pop()
        if one in needs:
            continue
        needs[one] = [dep["pkg"] for dep in nodes[one]["deps"]
                      if any(kind["kind"] is None for kind in dep["dep_kinds"]) and not is_macro(packages[dep["pkg"]])]
        waiting += needs[one]
    return root, needs, packages


def is_macro(package):
    """Runs while others are compiled."""
    return any("proc-macro" in target["kind"] for target in package["targets"])


def openssl_of(packages):
    """OpenSSL itself: its version and folder, from the crate that ships its sources."""
    crate = next(one for one in packages.values() if one["name"] == "openssl-src" and "+" in one["version"])
    return crate["version"].split("+")[1], Path(crate["manifest_path"]).parent / "openssl"


def texts(folder):
    found = [one for one in sorted(folder.iterdir()) if TEXT.match(one.name)]
    files = [one for one in found if one.is_file()]
    for one in found:
        if one.is_dir():
            files += sorted(file for file in one.iterdir() if file.is_file())
    return [(file.name, file.read_text(errors="replace").strip()) for file in files if file.suffix not in (".rs", ".html")]


def third_party(listed, openssl, libunwind):
    version, folder = openssl
    sections = [("OpenSSL " + version, "Apache-2.0", [("LICENSE.txt", (folder / "LICENSE.txt").read_text().strip())])]
    for package in listed:
        parts = texts(Path(package["manifest_path"]).parent)
        if not parts:
            sys.exit(f"{package['name']} ships no text of its licence")
        sections.append((f"{package['name']} {package['version']}", package["license"], parts))
    if libunwind:
        sections.append(("LLVM's libunwind", "Apache-2.0 WITH LLVM-exception", [(libunwind.name, libunwind.read_text().strip())]))
    out = "What is inside wdsocket beside its own code, and under which licence: the texts are those of each author.\n\n"
    out += "".join(f"    {name}: {licence}\n" for name, licence, _ in sections)
    out += "    Rust's standard library and what it is made of: MIT OR Apache-2.0, (c) The Rust Project Developers\n"
    shown = {}
    for name, licence, parts in sections:
        out += f"\n{RULE}\n{name} ({licence})\n{RULE}\n"
        for file, text in parts:
            key = re.sub(r"\s+", " ", text)
            if key in shown:
                out += f"\n{file}: word for word that of {shown[key]}, above.\n"
            else:
                out += f"\n--- {file}\n\n{text}\n"
                shown[key] = name
    return out


def component(package, checksums):
    name, version = package["name"], package["version"]
    one = {
        "type": "library", "bom-ref": reference(package), "name": name, "version": version, "scope": "required",
        "licenses": [{"expression": package["license"].replace("/", " OR ")}], "purl": f"pkg:cargo/{name}@{version}",
    }
    if (name, version) in checksums:
        one["hashes"] = [{"alg": "SHA-256", "content": checksums[name, version]}]
    return one


def reference(package):
    return f"pkg:cargo/{package['name']}@{package['version']}"


def bill(root, needs, packages, openssl, triple):
    version, _ = openssl
    ours = packages[root]
    lock = Path(ours["manifest_path"]).with_name("Cargo.lock").read_text()
    checksums = {(name, number): sum for name, number, sum in
                 re.findall(r'name = "(.*)"\nversion = "(.*)"\n(?:source = .*\n)?checksum = "(.*)"', lock)}
    inner = {
        "type": "library", "bom-ref": f"pkg:generic/openssl@{version}", "name": "openssl", "version": version, "scope": "required",
        "licenses": [{"license": {"id": "Apache-2.0"}}], "purl": f"pkg:generic/openssl@{version}",
        "cpe": f"cpe:2.3:a:openssl:openssl:{version}:*:*:*:*:*:*:*",
    }
    listed = sorted((one for one in needs if one != root), key=lambda one: reference(packages[one]))
    graph = [{"ref": reference(packages[one]), "dependsOn": sorted(reference(packages[dep]) for dep in needs[one])}
             for one in [root] + listed]
    for one in graph:
        if one["ref"].startswith("pkg:cargo/openssl-sys@"):
            one["dependsOn"].append(inner["bom-ref"])
    graph.append({"ref": inner["bom-ref"], "dependsOn": []})
    date = datetime.datetime.fromtimestamp(int(os.environ["SOURCE_DATE_EPOCH"]), datetime.timezone.utc)
    own = component(ours, {})
    del own["scope"]
    document = {
        "bomFormat": "CycloneDX", "specVersion": "1.5", "version": 1,
        "metadata": {
            "timestamp": date.strftime("%Y-%m-%dT%H:%M:%SZ"), "component": own,
            "properties": [{"name": "cdx:rustc:sbom:target:triple", "value": triple}],
        },
        "components": [inner] + [component(packages[one], checksums) for one in listed],
        "dependencies": graph,
    }
    digest = hashlib.sha256(json.dumps(document).encode()).hexdigest()
    return {"$schema": "http://cyclonedx.org/schema/bom-1.5.schema.json", **document,
            "serialNumber": f"urn:uuid:{uuid.uuid5(uuid.NAMESPACE_OID, digest)}"}


def main():
    triple, folder = sys.argv[1], Path(sys.argv[2])
    libunwind = Path(sys.argv[3]) if len(sys.argv) > 3 else None
    root, needs, packages = inside(json.load(sys.stdin))
    # Those without a place in the registry are this project's own.
    listed = sorted((packages[one] for one in needs if packages[one]["source"]), key=lambda one: one["name"])
    openssl = openssl_of(packages)
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "THIRD-PARTY.txt").write_text(third_party(listed, openssl, libunwind))
    (folder / "wdsocket.cdx.json").write_text(json.dumps(bill(root, needs, packages, openssl, triple), indent=1) + "\n")


main()
