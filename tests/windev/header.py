"""What include/wdsocket.h declares: its functions with the kinds of their parameters, and its constants."""

import re
from dataclasses import dataclass

KINDS = {
    "int32_t": "int",
    "const char *": "text in",
    "const void *": "bytes in",
    "char *": "bytes out",
    "void *": "bytes out",
    "int32_t *": "numbers out",
}


@dataclass
class Header:
    """`functions` are the kinds of each function's parameters, `constants` the values."""

    functions: dict
    constants: dict

    def to_cover(self):
        """The functions that a module has to call: of a pair by name and by id, the one by name."""
        return sorted(name for name in self.functions if not (name.endswith("Id") and name.removesuffix("Id") in self.functions))


def kind(parameter):
    """The kind of a C parameter such as `const char *name`."""
    spelled = re.sub(r"\s*\*\s*", " *", parameter.strip())
    bare = re.sub(r"\w+$", "", spelled).strip()
    return KINDS[bare]


def read(text):
    """The header; the UTF-16 family, which repeats the others, is left out."""
    text = re.sub(r"/\*.*?\*/", "", text, flags=re.DOTALL)
    functions = {}
    for name, parameters in re.findall(r"\bintptr_t\s+WDSOCKET_CALL\s+(\w+)\(([^)]*)\)", text):
        if "uint16_t" in parameters:
            continue
        functions[name] = [] if parameters.strip() == "void" else [kind(one) for one in parameters.split(",")]
    constants = re.findall(r"^\s*(?:#define\s+)?(\w+)\s+(?:=\s*)?\(?(-?\d+)\)?,?\s*$", text, flags=re.MULTILINE)
    return Header(functions, {name: int(value) for name, value in constants})
