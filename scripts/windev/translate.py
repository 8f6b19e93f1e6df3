#!/usr/bin/env python3
"""Writes the French module and programs of windev/french from the English ones.

    translate.py           writes them
    translate.py --check   only tells whether they are as they would be written; exit status 1 where not
"""

import re
import sys
from pathlib import Path

from wlanguage import ENGLISH, FRENCH, Mistake, tokens, words

FOLDER = Path(__file__).resolve().parents[2] / "windev"

FILES = {
    "wdsocket.wl": "wdsocket.wl",
    "client.wl": "client.wl",
    "simplified_server.wl": "serveur_simplifie.wl",
    "standard_server.wl": "serveur_standard.wl",
}


def dictionary(*kinds):
    """English to French of some kinds of words."""
    return {word.spelling[ENGLISH]: word.spelling[FRENCH] for word in words() if word.kind in kinds}


NAMES = dictionary("keyword", "function", "constant", "property", "name")
TYPES = dictionary("type")
TEXTS = dictionary("text")
TYPE = re.compile(r"(?P<before>\bis |: )(?P<type>%s)\b" % "|".join(sorted(TYPES, key=len, reverse=True)))


def type_in_french(match):
    """`is string` has an article in French, a result's `: string` has none."""
    french = TYPES[match["type"]]
    if match["before"] == ": ":
        return ": " + french.split(" ", 1)[1]
    return "est " + french


def french(source):
    """The French source of an English one."""
    out = []
    for token in tokens(source):
        text = token.text
        if token.kind == "comment":
            text = text.removeprefix("// ")
            if text not in TEXTS:
                raise Mistake(token.line, f"words.tsv has no French for the comment {text!r}")
            text = "// " + TEXTS[text]
        elif token.kind == "text":
            text = '"' + TEXTS.get(text[1:-1], text[1:-1]) + '"'
        out.append((token.kind, text))
    return "".join(translated(out))


def translated(pieces):
    """Code is translated line by line, types first; what stands in quotation marks and comments is done already."""
    code = ""
    for kind, text in pieces + [("newline", "")]:
        if kind in ("comment", "text", "newline"):
            yield words_in_french(TYPE.sub(type_in_french, code))
            yield text
            code = ""
        else:
            code += text


def words_in_french(code):
    return "".join(NAMES.get(token.text, token.text) for token in tokens(code))


def main():
    check = sys.argv[1:] == ["--check"]
    if sys.argv[1:] and not check:
        sys.exit(__doc__)
    stale = []
    for english, name in FILES.items():
        try:
            text = french((FOLDER / "english" / english).read_text(encoding="utf-8"))
        except Mistake as mistake:
            sys.exit(f"windev/english/{english}:{mistake.line}: {mistake}")
        path = FOLDER / "french" / name
        if not path.exists() or path.read_text(encoding="utf-8") != text:
            stale.append(name)
            if not check:
                path.write_text(text, encoding="utf-8")
    for name in stale:
        print(f"windev/french/{name} {'is not what translate.py writes' if check else 'written'}")
    sys.exit(check and bool(stale))


main()
