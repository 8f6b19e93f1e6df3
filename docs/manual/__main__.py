"""python3 docs/manual PAGES MAN: writes the HTML pages and the man pages."""

import sys
from pathlib import Path

import man
import web
from header import Header

header = Header()
web.write(header, Path(sys.argv[1]))
man.write(header, Path(sys.argv[2]))
