"""The expressions of WLanguage."""

from dataclasses import dataclass, field

from reader import Reader

COMPARISONS = ("=", "<>", "<", ">", "<=", ">=")


@dataclass
class Expression:
    """`form` is number, duration, text, name, call, address, property, index, sign, not, join, compare, sum or product.

    `value` is its number, text, name or operator, `parts` what it is made of.
    """

    form: str
    line: int
    value: str = ""
    parts: list = field(default_factory=list)


class Expressions(Reader):
    """What is computed, from OR down to a name."""

    def expression(self):
        left = self.conjunction()
        while self.word() == "OR":
            line = self.take().line
            left = Expression("join", line, "OR", [left, self.conjunction()])
        return left

    def conjunction(self):
        left = self.negation()
        while self.word() == "AND":
            line = self.take().line
            left = Expression("join", line, "AND", [left, self.negation()])
        return left

    def negation(self):
        line = self.line()
        if self.accept("NOT"):
            return Expression("not", line, parts=[self.negation()])
        left = self.sum()
        if self.word() in COMPARISONS:
            operator = self.take().text
            left = Expression("compare", line, operator, [left, self.sum()])
        return left

    def sum(self):
        left = self.product()
        while self.word() in ("+", "-"):
            operator = self.take()
            left = Expression("sum", operator.line, operator.text, [left, self.product()])
        return left

    def product(self):
        left = self.sign()
        while self.word() in ("*", "/", "MODULO"):
            operator = self.take()
            left = Expression("product", operator.line, operator.text, [left, self.sign()])
        return left

    def sign(self):
        line = self.line()
        if self.accept("-"):
            return Expression("sign", line, parts=[self.sign()])
        if self.accept("&"):
            return Expression("address", line, parts=[self.postfix()])
        return self.postfix()

    def postfix(self):
        found = self.primary()
        while True:
            line = self.line()
            if self.accept(".."):
                found = Expression("property", line, self.name(), [found])
            elif self.word() in ("[", "[["):
                closing = self.take().text.replace("[", "]")
                found = Expression("index", line, parts=[found, self.expression()])
                self.expect(closing)
            else:
                return found

    def primary(self):
        line = self.line()
        if self.accept("("):
            found = self.expression()
            self.expect(")")
            return found
        if self.place < len(self.tokens) and self.tokens[self.place].kind in ("number", "duration", "text"):
            token = self.take()
            text = token.text[1:-1].replace('""', '"') if token.kind == "text" else token.text
            return Expression(token.kind, line, text)
        name = self.name()
        if not self.accept("("):
            return Expression("name", line, name)
        found = Expression("call", line, name)
        while self.word() != ")":
            if found.parts:
                self.expect(",")
            found.parts.append(self.expression())
        self.expect(")")
        return found
