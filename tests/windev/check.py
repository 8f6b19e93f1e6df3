#!/usr/bin/env python3
"""check.py HEADER MODULE PROGRAM…: whether the module and the programs that use it are WLanguage that can compile, and
whether the module calls every function of the header as it is declared and has every constant with its value.

Prints a line for each mistake (exit status 1), or what was checked.
"""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "scripts" / "windev"))

import header as c_header  # noqa: E402
from rules import Checker  # noqa: E402
from wlanguage import words  # noqa: E402


def spellings(constant):
    """The names that a constant of the header may have in a module: the English one and the French one."""
    name = constant if constant.startswith("WDSOCKET") else "wd" + constant
    return [name] + [word.spelling[1] for word in words() if word.kind == "name" and word.spelling[0] == name]


def covers(checker, header):
    """Every function is called and every constant is there."""
    for name in header.to_cover():
        if name not in checker.called:
            checker.wrong(0, f"no procedure calls {name}")
    for name, value in header.constants.items():
        found = [checker.constants[one] for one in spellings(name) if one in checker.constants]
        if not found:
            checker.wrong(0, f"the constant {spellings(name)[0]} = {value} is missing")
        elif found[0] != value:
            checker.wrong(0, f"{name} is {value} in the header and {found[0]} here")


def main(header_path, module, *programs):
    header = c_header.read(Path(header_path).read_text(encoding="utf-8"))
    checker = Checker(header)
    checker.check(module, Path(module).read_text(encoding="utf-8"))
    if not checker.mistakes:
        covers(checker, header)
    for program in programs:
        checker.check(program, Path(program).read_text(encoding="utf-8"))
    for file, line, what in checker.mistakes:
        print(f"{file}:{line}: {what}" if line else f"{file}: {what}")
    if not checker.mistakes:
        print(f"{len(checker.scope.procedures)} procedures, {len(checker.called)} functions of {len(header.to_cover())}, {len(checker.constants)} constants")
    return bool(checker.mistakes)


if len(sys.argv) < 3:
    sys.exit(__doc__)
sys.exit(main(*sys.argv[1:]))
