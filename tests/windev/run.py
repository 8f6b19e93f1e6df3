#!/usr/bin/env python3
"""run.py LIBRARY START END SOURCE…: runs a program of WLanguage with the library; the module is the first source.

START and END are calls. START runs until it is done; END is called when standard input ends, where it is not empty.
Prints what Trace() shows, at last "done". A fault ends it with status 3.
"""

import os
import sys
import threading
import traceback
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "scripts" / "windev"))

from machine import Machine  # noqa: E402


def fault(what):
    traceback.print_exception(what.exc_type, what.exc_value, what.exc_traceback)
    os._exit(3)


def main(library, start, end, *sources):
    threading.excepthook = fault
    texts = [Path(source).read_text(encoding="utf-8") for source in sources]
    machine = Machine(texts, library, lambda line: print(line, flush=True))
    program = threading.Thread(target=machine.evaluate, args=(start,))
    program.start()
    if end:
        sys.stdin.read()
        machine.evaluate(end)
    program.join()
    print("done", flush=True)


main(*sys.argv[1:])
