"""A small grammar of WLanguage, English and French: source text becomes a Source, or a Mistake tells the line.

A set of procedures holds CONSTANT and GLOBAL declarations and procedures. A PROCEDURE ends where the next one begins;
an INTERNAL PROCEDURE stands inside another one and has an END of its own.
"""

from dataclasses import dataclass, field

from expressions import Expression, Expressions
from reader import TYPES
from wlanguage import FRENCH, Mistake, fold

ARTICLES = ("une", "un")

# Words that stand at the head of a line inside a block that has begun, or between procedures.
INSIDE = ("END", "ELSE", "CASE", "OTHER", "DO", "CONSTANT", "GLOBAL")


@dataclass
class Statement:
    """`form` is declare, assign, call, result, if, while, loop, for, switch, case, guard, break or continue.

    `blocks` are the statements inside it, `expressions` what it computes.
    """

    form: str
    line: int
    name: str = ""
    type: str = ""
    expressions: list = field(default_factory=list)
    blocks: list = field(default_factory=list)


@dataclass
class Parameter:
    """`default` is None for one that has to be given; an empty `type` takes anything."""

    name: str
    line: int
    type: str
    default: Expression | None


@dataclass
class Procedure:
    """`internals` are the INTERNAL PROCEDUREs inside it."""

    name: str
    line: int
    parameters: list
    result: str
    body: list = field(default_factory=list)
    internals: list = field(default_factory=list)


@dataclass
class Source:
    """A set of procedures. `constants` and `globals` are declare statements."""

    language: int
    constants: list = field(default_factory=list)
    globals: list = field(default_factory=list)
    procedures: list = field(default_factory=list)


class Parser(Expressions):
    """Declarations and statements."""

    # Declarations

    def source(self):
        found = Source(self.language)
        self.blank_lines()
        while self.word() != "the end":
            if self.accept("CONSTANT"):
                found.constants += self.constants()
            elif self.accept("GLOBAL"):
                found.globals += self.globals()
            elif self.word() == "PROCEDURE" and self.word(1) == "INTERNAL" or self.word() == "INTERNAL":
                raise self.wrong("INTERNAL PROCEDURE outside a procedure")
            elif self.word() == "PROCEDURE":
                found.procedures.append(self.procedure())
            else:
                raise self.wrong(f"CONSTANT, GLOBAL or PROCEDURE expected where {self.shown()} stands")
            self.blank_lines()
        return found

    def constants(self):
        start, found = self.line(), []
        self.end_of_line()
        self.blank_lines()
        while not self.accept("END"):
            if self.word() in ("the end", "PROCEDURE", "GLOBAL"):
                raise Mistake(start, "CONSTANT has no END")
            line, name = self.line(), self.name()
            self.expect("=")
            found.append(Statement("declare", line, name, "", [self.expression()]))
            self.end_of_line()
            self.blank_lines()
        return found

    def globals(self):
        found = []
        self.end_of_line()
        self.blank_lines()
        while self.word() == "":
            found.append(self.declaration())
            self.end_of_line()
            self.blank_lines()
        return found

    def type(self, article):
        """A type; the French ones have their article in a declaration and none behind a procedure's head."""
        known = TYPES[self.language]
        for count in (3, 2, 1):
            parts = [token.text for token in self.tokens[self.place : self.place + count] if token.kind == "name"]
            texts = [fold(" ".join(parts))]
            if self.language == FRENCH and not article:
                texts = [f"{one} {texts[0]}" for one in ARTICLES]
            for text in texts:
                if len(parts) == count and text in known:
                    self.place += count
                    return known[text]
        raise self.wrong(f"{self.shown()} is no type that is known here")

    def declaration(self):
        line, name = self.line(), self.name()
        self.expect("IS")
        found = Statement("declare", line, name, self.type(article=True))
        if self.accept("="):
            found.expressions = [self.expression()]
        return found

    def procedure(self):
        start = self.line()
        self.expect("PROCEDURE")
        return self.head_and_body(start, internal=False)

    def internal(self):
        start = self.line()
        if not self.accept("INTERNAL", "PROCEDURE"):
            self.expect("PROCEDURE", "INTERNAL")
        return self.head_and_body(start, internal=True)

    def head_and_body(self, start, internal):
        found = Procedure(self.name(), start, self.parameters(), "")
        if self.accept(":"):
            found.result = self.type(article=False)
        self.end_of_line()
        found.body = self.block(("END",) if internal else (), found, start)
        if internal:
            self.expect("END")
        return found

    def parameters(self):
        found = []
        self.expect("(")
        while self.word() != ")":
            if found:
                self.expect(",")
            self.accept("LOCAL")
            line, name = self.line(), self.name()
            kind = self.type(article=True) if self.accept("IS") else ""
            found.append(Parameter(name, line, kind, self.expression() if self.accept("=") else None))
        self.expect(")")
        return found

    # Statements

    def block(self, ends, owner, start):
        """Statements up to one of these words, which stays. Without any, up to the next procedure or the end."""
        found = []
        self.blank_lines()
        while self.word() not in ends:
            word = self.word()
            if word == "INTERNAL" or word == "PROCEDURE" and self.word(1) == "INTERNAL":
                if owner is None:
                    raise self.wrong("INTERNAL PROCEDURE outside a procedure")
                owner.internals.append(self.internal())
            elif word == "the end" or word == "PROCEDURE":
                if ends:
                    raise Mistake(start, f"what begins here has no END before {self.shown()} in line {self.line()}")
                break
            elif not ends and self.automatic_handling():
                pass
            elif word in INSIDE:
                raise self.wrong(f"{self.shown()} without a beginning")
            else:
                found.append(self.statement())
            if self.word() not in ends:
                self.end_of_line()
            self.blank_lines()
        return found

    def automatic_handling(self):
        """CASE ERROR: or CASE EXCEPTION: in a procedure, before what is done about them."""
        named = self.tokens[self.place + 1 : self.place + 2]
        if self.word() != "CASE" or not named or fold(named[0].text) not in ("error", "erreur", "exception"):
            return False
        self.place += 2
        self.accept(":")
        return True

    def statement(self):
        line, word = self.line(), self.word()
        blocks = {"IF": self.if_, "SWITCH": self.switch, "WHILE": self.while_, "LOOP": self.loop, "FOR": self.for_, "WHEN": self.guard}
        if word in blocks:
            self.take()
            return blocks[word](line)
        if word in ("BREAK", "CONTINUE"):
            self.take()
            return Statement(word.lower(), line)
        if word in ("RESULT", "RETURN"):
            self.take()
            given = [] if self.word() in ("\n", "ELSE", "the end") else [self.expression()]
            return Statement("result", line, expressions=given)
        if self.word(1) == "IS":
            return self.declaration()
        target = self.postfix()
        if self.accept("="):
            return Statement("assign", line, expressions=[target, self.expression()])
        if self.word() in ("+=", "-="):
            operator = self.take().text[0]
            changed = Expression("sum", line, operator, [target, self.expression()])
            return Statement("assign", line, expressions=[target, changed])
        if target.form != "call":
            raise Mistake(line, f"{target.value or target.form} alone is no statement")
        return Statement("call", line, expressions=[target])

    def inner(self, start, *ends):
        return self.block(ends, None, start)

    def if_(self, line):
        found = Statement("if", line, expressions=[self.expression()])
        self.expect("THEN")
        if self.word() != "\n":
            found.blocks.append([self.statement()])
            if self.accept("ELSE"):
                found.blocks.append([self.statement()])
            return found
        found.blocks.append(self.inner(line, "ELSE", "END"))
        if self.accept("ELSE"):
            if self.word() == "IF":
                again = self.line()
                self.take()
                found.blocks.append([self.if_(again)])
                return found
            self.end_of_line()
            found.blocks.append(self.inner(line, "END"))
        self.expect("END")
        return found

    def switch(self, line):
        found = Statement("switch", line, expressions=[self.expression()], blocks=[[]])
        self.end_of_line()
        self.blank_lines()
        while not self.accept("END"):
            case = Statement("case", self.line())
            if not self.accept("OTHER", "CASE"):
                if self.word() != "CASE":
                    raise Mistake(line, f"SWITCH has {self.shown()} in line {self.line()} where a CASE or its END is expected")
                self.take()
                case.expressions.append(self.expression())
                while self.accept(","):
                    case.expressions.append(self.expression())
            self.accept(":")
            case.blocks.append(self.inner(line, "CASE", "OTHER", "END"))
            found.blocks[0].append(case)
        return found

    def while_(self, line):
        return self.until_end(Statement("while", line, expressions=[self.expression()]))

    def loop(self, line):
        found = Statement("loop", line)
        if self.accept("("):
            found.expressions.append(self.expression())
            self.expect(")")
        return self.until_end(found)

    def for_(self, line):
        name = self.name()
        self.expect("=")
        found = Statement("for", line, name, expressions=[self.expression()])
        self.expect("TO")
        found.expressions.append(self.expression())
        if self.accept("NOT" if self.language == FRENCH else "STEP"):
            found.expressions.append(self.expression())
        return self.until_end(found)

    def until_end(self, found):
        self.end_of_line()
        found.blocks.append(self.inner(found.line, "END"))
        self.expect("END")
        return found

    def guard(self, line):
        self.expect("EXCEPTION", "IN")
        self.end_of_line()
        found = Statement("guard", line, blocks=[self.inner(line, "DO")])
        self.expect("DO")
        return self.until_end(found)

def parse(text):
    """The set of procedures that `text` is. Raises Mistake."""
    return Parser(text).source()
