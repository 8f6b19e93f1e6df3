"""Runs sources of the small grammar with the real library: what is known of WLanguage from its documentation, and no more.

Text is Python's str, an ANSI string and a Buffer are bytes, a Duration is a timedelta. A procedure has its own variables, as
cells of a kind and a value, so that API() can be handed the address of one.
"""

import ctypes
import operator
import threading
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

from grammar import parse
from scope import Scope
from wlanguage import fold

ANSI = "cp1252"

EMPTY = {"string": "", "ANSI string": b"", "Buffer": b"", "int": 0, "system int": 0, "boolean": False, "Duration": timedelta()}

UNITS = {"ms": 1, "s": 1000, "min": 60_000, "h": 3_600_000}

PROPERTIES = {
    "Day": lambda time: time.days,
    "Hour": lambda time: time.seconds // 3600,
    "Minute": lambda time: time.seconds // 60 % 60,
    "Second": lambda time: time.seconds % 60,
    "Millisecond": lambda time: time.microseconds // 1000,
}


WORDS = {"True": True, "False": False, "Null": None, "CR": "\r\n"}

COMPARED = {"=": operator.eq, "<>": operator.ne, "<": operator.lt, ">": operator.gt, "<=": operator.le, ">=": operator.ge}


class Fatal(Exception):
    """What ends a WLanguage program: a call of what is not there, a value that its variable cannot hold."""


class Left(Exception):
    """RESULT and RETURN."""

    def __init__(self, value):
        super().__init__()
        self.value = value


class Break(Exception):
    """BREAK."""


@dataclass
class Cell:
    """A variable."""

    kind: str
    value: object


def text(value):
    """A value as text."""
    if isinstance(value, bytes):
        return value.decode(ANSI)
    return str(value)


def converted(kind, value):
    """What a variable of this kind holds after it was given the value."""
    if kind == "string":
        return text(value)
    if kind in ("ANSI string", "Buffer"):
        return value if isinstance(value, bytes) else text(value).encode(ANSI)
    if kind in ("int", "system int"):
        bits = 31 if kind == "int" else 63
        if not isinstance(value, int) or not -(1 << bits) <= value < 1 << bits:
            raise Fatal(f"{value!r} does not fit into {kind}")
        return int(value)
    return value


class Machine:
    """The procedures of some sources, the module first. `say` gets what Trace() shows."""

    def __init__(self, sources, library, say: Callable):
        self.library_file = library
        self.library = None
        self.say = say
        self.own = threading.local()
        self.constants = {}
        self.globals = {}
        self.procedures = {}
        self.scope = None
        for source in map(parse, sources):
            self.scope = self.scope or Scope(source.language)
            for constant in source.constants:
                self.constants[fold(constant.name)] = self.value(constant.expressions[0], {})
            for statement in source.globals:
                self.run_declare(statement, self.globals)
            for procedure in source.procedures:
                self.procedures[fold(procedure.name)] = procedure

    def call(self, name, *given):
        """Calls a procedure and returns its result."""
        procedure = self.procedures[fold(name)]
        cells = {}
        for parameter, value in zip(procedure.parameters, given):
            cells[fold(parameter.name)] = Cell(parameter.type, converted(parameter.type, value))
        for parameter in procedure.parameters[len(given) :]:
            cells[fold(parameter.name)] = Cell(parameter.type, converted(parameter.type, self.value(parameter.default, {})))
        try:
            self.run(procedure.body, cells)
        except Left as left:
            return converted(procedure.result, left.value)
        return None

    def evaluate(self, source):
        """The value of an expression, as a line of WLanguage."""
        procedure = parse(f"PROCEDURE x()\nRESULT {source}\n").procedures[0]
        return self.value(procedure.body[0].expressions[0], {})

    # Statements

    def run(self, block, cells):
        for statement in block:
            getattr(self, "run_" + statement.form)(statement, cells)

    def run_declare(self, statement, cells):
        value = self.value(statement.expressions[0], cells) if statement.expressions else EMPTY[statement.type]
        cells[fold(statement.name)] = Cell(statement.type, converted(statement.type, value))

    def run_assign(self, statement, cells):
        target, value = statement.expressions
        cell = self.cell(target, cells)
        cell.value = converted(cell.kind, self.value(value, cells))

    def run_call(self, statement, cells):
        self.value(statement.expressions[0], cells)

    def run_result(self, statement, cells):
        raise Left(self.value(statement.expressions[0], cells) if statement.expressions else None)

    def run_if(self, statement, cells):
        holds = self.value(statement.expressions[0], cells)
        self.run((statement.blocks + [[]])[not holds], cells)

    def run_switch(self, statement, cells):
        wanted = self.value(statement.expressions[0], cells)
        for case in statement.blocks[0]:
            if not case.expressions or wanted in [self.value(one, cells) for one in case.expressions]:
                return self.run(case.blocks[0], cells)
        return None

    def run_while(self, statement, cells):
        self.repeat(statement, cells, lambda: self.value(statement.expressions[0], cells))

    def run_loop(self, statement, cells):
        self.repeat(statement, cells, lambda: True)

    def repeat(self, statement, cells, goes_on):
        try:
            while goes_on():
                self.run(statement.blocks[0], cells)
        except Break:
            pass

    def run_break(self, _, __):
        raise Break

    # Expressions

    def cell(self, expression, cells):
        name = fold(expression.value)
        return cells[name] if name in cells else self.globals[name]

    def value(self, expression, cells):
        parts = expression.parts
        return getattr(self, "value_" + expression.form)(expression, cells, *parts)

    def value_number(self, expression, _):
        return int(expression.value)

    def value_text(self, expression, _):
        return expression.value

    def value_duration(self, expression, _):
        number = expression.value.rstrip("hmins ")
        return timedelta(milliseconds=int(number) * UNITS[expression.value[len(number) :].strip()])

    def value_name(self, expression, cells):
        name = fold(expression.value)
        word = self.scope.english("constant", name)
        if word:
            return WORDS.get(word, word)
        return self.constants[name] if name in self.constants else self.cell(expression, cells).value

    def value_sign(self, _, cells, part):
        return -self.value(part, cells)

    def value_not(self, _, cells, part):
        return not self.value(part, cells)

    def value_join(self, expression, cells, left, right):
        if expression.value == "AND":
            return self.value(left, cells) and self.value(right, cells)
        return self.value(left, cells) or self.value(right, cells)

    def value_compare(self, expression, cells, left, right):
        a, b = self.value(left, cells), self.value(right, cells)
        if isinstance(a, (str, bytes)):
            a, b = text(a), text(b)
        return COMPARED[expression.value](a, b)

    def value_sum(self, expression, cells, left, right):
        a, b = self.value(left, cells), self.value(right, cells)
        if expression.value == "-":
            return a - b
        if isinstance(a, (str, bytes)) or isinstance(b, (str, bytes)):
            return text(a) + text(b)
        return a + b

    def value_product(self, expression, cells, left, right):
        a, b = self.value(left, cells), self.value(right, cells)
        return a * b if expression.value == "*" else a % b

    def value_property(self, expression, cells, part):
        return PROPERTIES[self.scope.english("property", expression.value)](self.value(part, cells))

    def value_call(self, call, cells, *parts):
        function = self.scope.function(call.value)
        if function == "API":
            return self.api(cells, *parts)
        given = [self.value(part, cells) for part in parts]
        return getattr(self, function)(*given) if function else self.call(call.value, *given)

    # The library

    def LoadDLL(self, file):
        if Path(self.library_file).name != file:
            return 0
        self.library = ctypes.CDLL(self.library_file)
        return self.library._handle

    def api(self, cells, library, name, *parts):
        if self.library is None or Path(self.library_file).name != self.value(library, cells):
            raise Fatal("API() before LoadDLL")
        function = getattr(self.library, name.value)
        function.restype = ctypes.c_ssize_t
        given, after = [], []
        for part in parts:
            if part.form != "address":
                value = self.value(part, cells)
                given.append(value if value is None else ctypes.c_int32(value))
                continue
            cell = self.cell(part.parts[0], cells)
            memory = ctypes.c_int32(cell.value) if cell.kind == "int" else ctypes.create_string_buffer(cell.value)
            given.append(ctypes.byref(memory))
            after.append((cell, memory))
        result = function(*given)
        for cell, memory in after:
            cell.value = memory.value if cell.kind == "int" else memory.raw[: len(cell.value)]
        return result

    # Functions of WLanguage

    def ErrorThrow(self, code, what):
        self.own.error = (code, what)
        return False

    def ErrorInfo(self):
        return getattr(self.own, "error", (0, ""))[1]

    def Trace(self, *values):
        self.say("".join(text(value) for value in values))

    def StringToUTF8(self, value):
        return text(value).encode()

    def UTF8ToString(self, value):
        return value.decode()

    def Left(self, value, count=1):
        return value[:count]

    def Length(self, value):
        return len(value)

    def RepeatString(self, value, count):
        return value * count

    def Charact(self, number):
        return chr(number)

    def Val(self, value):
        return int(value)

    def TypeVar(self, value):
        return "wlDuration" if isinstance(value, timedelta) else "another"

    def ThreadExecute(self, _, __, procedure, *given):
        threading.Thread(target=self.call, args=(procedure, *given), daemon=True).start()
        return True
