"""WLanguage's tokens as a parser takes them: keywords known by their English word, in English and French sources."""

from wlanguage import ENGLISH, FRENCH, Mistake, fold, tokens, words

# French has one word, PAS, for NOT and for STEP: the first one counts, and a FOR takes it for the other.
KEYWORDS = [
    {fold(word.spelling[language]): word.spelling[ENGLISH] for word in reversed(words()) if word.kind == "keyword"}
    for language in (ENGLISH, FRENCH)
]
TYPES = [
    {fold(word.spelling[language]): word.spelling[ENGLISH] for word in words() if word.kind == "type"}
    for language in (ENGLISH, FRENCH)
]


def language_of(source_tokens):
    """The language whose own keywords occur more often."""
    names = [fold(token.text) for token in source_tokens if token.kind == "name"]
    own = [sum(name in mine and name not in other for name in names) for mine, other in (KEYWORDS, KEYWORDS[::-1])]
    return FRENCH if own[FRENCH] > own[ENGLISH] else ENGLISH


class Reader:
    """The tokens of a source, one after the other, without blanks and comments."""

    def __init__(self, text):
        pieces = [token for token in tokens(text) if token.kind not in ("blank", "comment")]
        self.language = language_of(pieces)
        self.tokens = pieces
        self.place = 0
        self.last_line = pieces[-1].line if pieces else 1

    def word(self, ahead=0):
        """The keyword that comes, in English; an operator as it is; "\\n" for the end of a line, "" for anything else."""
        if self.place + ahead >= len(self.tokens):
            return "\n" if ahead else "the end"
        token = self.tokens[self.place + ahead]
        if token.kind == "newline":
            return "\n"
        if token.kind == "op":
            return token.text
        if token.kind == "name":
            return KEYWORDS[self.language].get(fold(token.text), "")
        return ""

    def line(self):
        return self.tokens[self.place].line if self.place < len(self.tokens) else self.last_line

    def shown(self):
        if self.place >= len(self.tokens):
            return "the end of the file"
        text = self.tokens[self.place].text
        return "the end of the line" if text == "\n" else text

    def wrong(self, what):
        return Mistake(self.line(), what)

    def take(self):
        token = self.tokens[self.place]
        self.place += 1
        return token

    def accept(self, *expected):
        """Takes these words when they come next."""
        if all(self.word(i) == wanted for i, wanted in enumerate(expected)):
            self.place += len(expected)
            return True
        return False

    def expect(self, *expected):
        if not self.accept(*expected):
            raise self.wrong(f"{' '.join(expected)} expected where {self.shown()} stands")

    def name(self):
        if self.word() != "" or self.tokens[self.place].kind != "name":
            raise self.wrong(f"a name expected where {self.shown()} stands")
        text = self.take().text
        if fold(text) in KEYWORDS[1 - self.language]:
            raise Mistake(self.tokens[self.place - 1].line, f"{text} is a keyword of the other language")
        return text

    def end_of_line(self):
        if self.word() != "the end":
            self.expect("\n")

    def blank_lines(self):
        while self.accept("\n"):
            pass
