"""WLanguage's words in English and French (words.tsv), and source text cut into tokens."""

import re
import unicodedata
from dataclasses import dataclass
from functools import cache
from pathlib import Path

ENGLISH, FRENCH = 0, 1

WORDS = Path(__file__).with_name("words.tsv")

TOKEN = re.compile(
    r"""(?P<newline>\n)
      | (?P<blank>[ \t]+)
      | (?P<comment>//[^\n]*)
      | (?P<text>"(?:[^"\n]|"")*")
      | (?P<duration>\d+\s?(?:ms|s|min|h|day|d)\b)
      | (?P<number>\d+(?:\.\d+)?\b)
      | (?P<name>[^\W\d]\w*)
      | (?P<op>\.\.|\[\[|\]\]|<=|>=|<>|\+=|-=|\*=|/=|[-+*/=<>&(),.:\[\]])""",
    re.VERBOSE,
)


class Mistake(Exception):
    """What is wrong with a source, and in which line."""

    def __init__(self, line, what):
        super().__init__(what)
        self.line = line


@dataclass(frozen=True)
class Token:
    """A piece of source; `kind` is the name of TOKEN's group."""

    kind: str
    text: str
    line: int


@dataclass(frozen=True)
class Word:
    """A line of words.tsv. `least` and `most` count a function's parameters; `result` is its kind."""

    kind: str
    spelling: tuple
    least: int
    most: int
    result: str


def fold(name):
    """Names that differ by case or accents alone are taken for the same."""
    parts = unicodedata.normalize("NFD", name)
    return "".join(part for part in parts if not unicodedata.combining(part)).lower()


@cache
def words():
    """The lines of words.tsv."""
    found = []
    for line in WORDS.read_text(encoding="utf-8").splitlines():
        if line.startswith("#") or not line:
            continue
        kind, english, french, count, result = (line.split("\t") + ["", ""])[:5]
        least, _, most = count.partition("..")
        found.append(Word(kind, (english, french), int(least or 0), int(most or least or 0), result))
    return found


def tokens(source):
    """The whole source as tokens, blanks and comments too: together they are the source again."""
    found, place, line = [], 0, 1
    while place < len(source):
        match = TOKEN.match(source, place)
        if match is None:
            raise Mistake(line, f"{source[place:place + 10]!r} is no WLanguage")
        found.append(Token(match.lastgroup, match.group(), line))
        line += match.lastgroup == "newline"
        place = match.end()
    return found
