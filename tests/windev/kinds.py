"""What an expression is, and whether it fits where it goes: parameters, variables, API()'s and the header's functions."""

from wlanguage import fold

INTEGERS = ("int", "system int")

# What may be handed over as an address for each kind of C parameter.
ADDRESSES = {
    "text in": ("ANSI string",),
    "bytes in": ("ANSI string", "Buffer"),
    "bytes out": ("Buffer",),
    "numbers out": ("int",),
}


class Kinds:
    """The kinds of expressions; everything in them is checked on the way."""

    def __init__(self, header):
        self.header = header
        self.mistakes = []
        self.called = set()
        self.scope = None
        self.file = ""
        self.values = {}
        self.constants = {}
        self.used = set()

    def wrong(self, line, what):
        self.mistakes.append((self.file, line, what))

    def store(self, kind, value, name):
        """`value` goes where `kind` is declared."""
        function = self.scope.function(value.value) if value.form == "call" else ""
        if function in ("API", "CallDLL32", "LoadDLL") and kind != "system int":
            self.wrong(value.line, f"{function}'s result goes to {name}, which is declared as {kind or 'anything'}: it takes a system int")
        got = self.kind(value)
        if kind in INTEGERS and got in ("string", "ANSI string", "Buffer", "Duration", "boolean"):
            self.wrong(value.line, f"{name} is declared as {kind} and is given a {got}")

    # Expressions

    def kind(self, expression):
        """The kind of an expression, after all in it was checked."""
        return getattr(self, "kind_of_" + expression.form)(expression)

    def kind_of_number(self, _):
        return "int"

    def kind_of_duration(self, _):
        return "Duration"

    def kind_of_text(self, _):
        return "string"

    def kind_of_name(self, expression):
        name = fold(expression.value)
        self.used.add(name)
        if name not in self.values:
            self.wrong(expression.line, f"{expression.value} is not declared")
        return self.values.get(name, "any")

    def kind_of_address(self, expression):
        self.kind(expression.parts[0])
        return "address"

    def kind_of_property(self, expression):
        self.kind(expression.parts[0])
        if not self.scope.english("property", expression.value):
            self.wrong(expression.line, f"the property {expression.value} is not known here")
        return "int"

    def kind_of_index(self, expression):
        return [self.kind(part) for part in expression.parts][0]

    def kind_of_sign(self, expression):
        return self.kind(expression.parts[0])

    def kind_of_not(self, expression):
        self.kind(expression.parts[0])
        return "boolean"

    def kind_of_join(self, expression):
        for part in expression.parts:
            self.kind(part)
        return "boolean"

    kind_of_compare = kind_of_join

    def kind_of_sum(self, expression):
        left, right = (self.kind(part) for part in expression.parts)
        return left if left == right or left not in INTEGERS else right

    kind_of_product = kind_of_sum

    def kind_of_call(self, call):
        function = self.scope.function(call.value)
        if function:
            word = self.scope.words["function"][fold(call.value)]
            self.count(call, word.least, word.most)
        if function in ("API", "CallDLL32"):
            self.api(call)
            return "system int"
        if function == "LoadDLL":
            self.load(call)
        for part in call.parts:
            self.kind(part)
        if function == "ThreadExecute":
            self.thread(call)
        if function:
            return word.result
        return self.own(call)

    def count(self, call, least, most):
        if not least <= len(call.parts) <= most:
            self.wrong(call.line, f"{call.value} takes {least} to {most} parameters, {len(call.parts)} are given")

    def own(self, call):
        procedure = self.scope.procedures.get(fold(call.value))
        if procedure is None:
            self.wrong(call.line, f"the procedure {call.value} is not declared")
            return "any"
        needed = sum(parameter.default is None for parameter in procedure.parameters)
        self.count(call, needed, len(procedure.parameters))
        for parameter, value in zip(procedure.parameters, call.parts):
            self.store_in_parameter(parameter, value)
        return procedure.result or "nothing"

    def store_in_parameter(self, parameter, value):
        if parameter.type:
            self.store(parameter.type, value, parameter.name)

    def thread(self, call):
        """ThreadExecute names a procedure in quotation marks and gives its parameters."""
        procedure = self.scope.procedures.get(fold(call.parts[2].value)) if len(call.parts) > 2 else None
        if procedure is None or call.parts[2].form != "text":
            self.wrong(call.line, f"{call.value} names no procedure that is declared")
        elif len(procedure.parameters) != len(call.parts) - 3:
            self.wrong(call.line, f"{procedure.name} takes {len(procedure.parameters)} parameters, {call.value} gives {len(call.parts) - 3}")

    # The library

    def text_of(self, expression):
        """The text that an expression surely is: one in quotation marks, or a constant."""
        if expression.form == "text":
            return expression.value
        return self.scope.texts.get(fold(expression.value), "") if expression.form == "name" else ""

    def load(self, call):
        file = self.text_of(call.parts[0]) if call.parts else ""
        if not file.endswith((".dll", ".so")):
            self.wrong(call.line, f"{call.value} needs a file name with its extension, {file or 'this'} has none")

    def api(self, call):
        if len(call.parts) < 2 or call.parts[1].form != "text":
            return self.wrong(call.line, f"{call.value} needs the name of a function in quotation marks")
        library, name, given = call.parts[0], call.parts[1].value, call.parts[2:]
        if self.kind(library) != "string":
            self.wrong(call.line, f"{call.value} needs the library's name")
        if name not in self.header.functions:
            return self.wrong(call.line, f"the header has no function {name}")
        self.called.add(name)
        wanted = self.header.functions[name]
        if len(given) != len(wanted):
            self.wrong(call.line, f"{name} takes {len(wanted)} parameters, {len(given)} are given")
        for place, (kind, value) in enumerate(zip(wanted, given), 1):
            if not self.fits(kind, value):
                self.wrong(value.line, f"parameter {place} of {name} takes {'an integer' if kind == 'int' else 'the address of ' + kind}, not {value.form} {value.value}".rstrip())

    def fits(self, wanted, value):
        """Whether a value may be handed over for a C parameter of this kind."""
        kind = self.kind(value)
        if wanted == "int":
            return kind in INTEGERS
        if kind == "null":
            return wanted.endswith(" in")
        return value.form == "address" and value.parts[0].form == "name" and self.kind(value.parts[0]) in ADDRESSES[wanted]
