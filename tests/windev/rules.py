"""The rules that procedures are held to beyond their grammar: names are declared and used, every line can be reached."""

from expressions import Expression
from grammar import Statement, parse
from kinds import INTEGERS, Kinds
from scope import Scope
from wlanguage import Mistake, fold


def inside(things):
    """All statements and expressions in statements, procedures or expressions, with themselves."""
    for thing in things:
        yield thing
        if isinstance(thing, Expression):
            yield from inside(thing.parts)
        elif isinstance(thing, Statement):
            yield from inside(thing.expressions)
            for block in thing.blocks:
                yield from inside(block)
        else:
            yield from inside(thing.body)


class Checker(Kinds):
    """Checks sets of procedures that belong together; `mistakes` are (file, line, what)."""

    def check(self, file, text):
        """A file; the names of the files before it are known in it."""
        self.file = file
        try:
            source = parse(text)
        except Mistake as mistake:
            return self.wrong(mistake.line, str(mistake))
        if self.scope is None:
            self.scope = Scope(source.language)
        if self.scope.language != source.language:
            return self.wrong(1, "is in another language than the files before it")
        for procedure in source.procedures:
            self.declare_procedure(procedure)
        self.values = self.scope.values
        for constant in source.constants:
            self.declare_constant(constant)
        for statement in source.globals:
            self.declare(statement)
        for procedure in source.procedures:
            self.procedure(procedure, self.scope.values)

    # Names

    def declare_procedure(self, procedure):
        if self.scope.known(procedure.name):
            self.wrong(procedure.line, f"{procedure.name} is declared twice, or differs by case or accents alone")
        self.scope.procedures[fold(procedure.name)] = procedure

    def declare_constant(self, constant):
        value = constant.expressions[0]
        self.new(constant, self.kind(value))
        self.scope.constants.add(fold(constant.name))
        bare = value.parts[0] if value.form == "sign" else value
        if value.form == "text":
            self.scope.texts[fold(constant.name)] = value.value
        elif bare.form == "number" and bare.value.isdigit():
            self.constants[constant.name] = -int(bare.value) if value.form == "sign" else int(bare.value)
        else:
            self.wrong(constant.line, f"the constant {constant.name} is neither a whole number nor a text")

    def new(self, thing, kind):
        if fold(thing.name) in self.values or self.scope.known(thing.name):
            self.wrong(thing.line, f"{thing.name} is declared twice, or differs by case or accents alone")
        self.values[fold(thing.name)] = kind

    def declare(self, statement):
        if statement.expressions:
            self.store(statement.type, statement.expressions[0], statement.name)
        self.new(statement, statement.type)

    # Procedures and statements

    def procedure(self, procedure, around):
        self.values = dict(around)
        self.used = set()
        outer = dict(self.scope.procedures)
        optional = False
        for parameter in procedure.parameters:
            if parameter.default is not None:
                self.kind(parameter.default)
            elif optional:
                self.wrong(parameter.line, f"{parameter.name} has no default, but one before it has")
            optional = parameter.default is not None
            self.new(parameter, parameter.type or "any")
        for internal in procedure.internals:
            self.declare_procedure(internal)
        self.statements(procedure.body, procedure, in_loop=False)
        here = self.values
        for internal in procedure.internals:
            self.procedure(internal, here)
        self.scope.procedures = outer
        for statement in inside(procedure.body):
            if isinstance(statement, Statement) and statement.form == "declare" and fold(statement.name) not in self.used:
                self.wrong(statement.line, f"{statement.name} is not used")
        self.loads_first(procedure)
        if procedure.result and not self.ends_with_result(procedure.body):
            self.wrong(procedure.line, f"{procedure.name} may end without its RESULT")

    def loads_first(self, procedure):
        """LoadDLL comes before API: a procedure that calls API has asked one that calls LoadDLL whether it can go on."""
        for statement in procedure.body:
            asked = statement.expressions[0] if statement.form == "if" else Expression("", 0)
            if asked.form == "not" and self.calls([self.scope.procedures.get(fold(asked.parts[0].value), statement)], "LoadDLL"):
                return
            if self.calls([statement], "API", "CallDLL32"):
                self.wrong(statement.line, f"{procedure.name} calls API before it is sure that LoadDLL was")
                return

    def calls(self, things, *functions):
        """Whether statements, or the statements of procedures, call one of these functions of WLanguage."""
        found = (self.scope.function(one.value) for one in inside(things) if isinstance(one, Expression) and one.form == "call")
        return any(function in functions for function in found)

    def ends_with_result(self, body):
        last = body[-1] if body else Statement("", 0)
        return last.form == "result" or last.form == "loop" and not any(self.breaks(one) for one in last.blocks)

    def breaks(self, block):
        inner = (one for statement in block if statement.form not in ("while", "loop", "for") for one in statement.blocks)
        return any(statement.form == "break" for statement in block) or any(self.breaks(one) for one in inner)

    def statements(self, block, procedure, in_loop):
        for before, statement in zip([None] + block, block):
            if before and before.form in ("result", "break", "continue"):
                self.wrong(statement.line, f"nothing reaches this line, behind {before.form.upper()}")
            self.statement(statement, procedure, in_loop)

    def statement(self, statement, procedure, in_loop):
        given = statement.expressions
        if statement.form == "declare":
            self.declare(statement)
        elif statement.form == "assign":
            target, value = given
            if target.form not in ("name", "property", "index") or fold(target.value) in self.scope.constants:
                self.wrong(statement.line, f"{target.value or target.form} cannot be given a value")
            self.store(self.kind(target), value, target.value)
        elif statement.form == "result":
            if bool(given) != bool(procedure.result):
                self.wrong(statement.line, f"{procedure.name} {'has' if procedure.result else 'declares'} {'a' if procedure.result else 'no'} result")
            for value in given:
                self.store(procedure.result, value, "RESULT")
        elif statement.form == "for":
            if self.values.get(fold(statement.name)) not in INTEGERS:
                self.wrong(statement.line, f"{statement.name} is not declared as int")
            for value in given:
                self.kind(value)
        elif statement.form in ("break", "continue"):
            if not in_loop:
                self.wrong(statement.line, f"{statement.form.upper()} outside a loop")
        else:
            for value in given:
                self.kind(value)
        for inner in statement.blocks:
            self.statements(inner, procedure, in_loop or statement.form in ("while", "loop", "for"))
