"""Reads include/wdsocket.h: its page, its constants and its functions, for the manual."""

import re
from pathlib import Path

HERE = Path(__file__).resolve().parent
PROJECT = HERE.parent.parent


class Constant:
    def __init__(self, name, value, docs):
        self.name, self.value, self.docs = name, value, docs


class Group:
    """The constants under one heading."""

    def __init__(self, heading):
        self.heading, self.constants = heading, []


class Function:
    def __init__(self, name, parameters, comment):
        self.name, self.parameters = name, parameters
        self.text, self.about, self.returns, self.example = [], {}, "", ""
        self.read(comment)
        self.twin = None  # the function whose page this one shares: SocketRead of SocketReadId
        self.by_id = None
        self.wide = None  # the UTF-16 form's parameters

    def read(self, lines):
        """Paragraphs, what each parameter is, what comes back, and the example, which is the last indented part."""
        for block in blocks(lines):
            if block.startswith("@"):
                for part in re.split(r"\n(?=@)", block):
                    kind, rest = part.split(None, 1)
                    if kind == "@param":
                        name, rest = rest.split(None, 1)
                        self.about[name] = one_line(rest)
                    else:
                        self.returns = one_line(rest)
            else:
                self.text.append(block)
        if self.text and self.text[-1].startswith("    ") and self.returns:
            self.example = unindented(self.text.pop())

    @property
    def summary(self):
        return one_line(self.text[0])

    @property
    def brief(self):
        """The first sentence, without WLanguage's name."""
        text = without_wlanguage(self.summary)
        return re.split(r"(?<=[.:]) (?=[A-Z])", text)[0].rstrip(".:")

    @property
    def of_wlanguage(self):
        """The name in WLanguage, where it is a function there."""
        found = re.search(r"\(WLanguage: ([A-Za-z]+)[ )]", self.summary)
        return found and found[1]

    def prototype(self, width=96, parameters=None, suffix=""):
        name = self.name + suffix
        listed = self.parameters if parameters is None else parameters
        line = f"intptr_t {name}({', '.join(listed) or 'void'});"
        if len(line) <= width:
            return line
        return f"intptr_t {name}(" + (",\n" + " " * (len(name) + 10)).join(listed) + ");"


def without_wlanguage(text):
    """A text without the note of WLanguage's name, which has a place of its own."""
    return re.sub(r" \(WLanguage: [^)]*\)", "", text)


def names_of(parameters):
    return [re.search(r"\w+$", one)[0] for one in parameters]


def blocks(lines):
    """What blank lines separate, in one string each."""
    text = "\n".join(lines).strip("\n")
    return [block for block in re.split(r"\n\s*\n", text) if block]


def one_line(text):
    return " ".join(text.split())


def unindented(text):
    return "\n".join(line.removeprefix("    ") for line in text.split("\n"))


def comment_lines(comment):
    """The lines of a comment, without its stars."""
    inside = re.sub(r"^/\*+|\*/$", "", comment.strip())
    return [re.sub(r"^\s*\* ?", "", line).rstrip() for line in inside.strip().split("\n")]


COMMENT = r"/\*(?:[^*]|\*(?!/))*\*/"


class Header:
    def __init__(self, path=PROJECT / "include/wdsocket.h"):
        text = path.read_text()
        ordinary, wide = text.split("\n#ifdef _WIN32\n")[0], text.split("\n#ifdef _WIN32\n")[1]
        page = comment_lines(re.match(COMMENT, text)[0])
        self.title = page[0]
        # The page's paragraphs: each begins with its heading in capitals.
        self.conventions = []
        for paragraph in blocks(page)[1:]:
            found = re.match(r"([A-Z][A-Z ]+)(\.| is)? ", one_line(paragraph))
            if found and not paragraph.startswith("This file"):
                heading, rest = found[1].strip(), one_line(paragraph)[found.end():]
                if found[2] == " is":
                    rest = f"{heading.capitalize()} is {rest}"
                self.conventions.append((heading.capitalize(), rest))
            elif not paragraph.startswith("This file"):
                self.conventions[-1] = (self.conventions[-1][0], self.conventions[-1][1] + "\n" + one_line(paragraph))
        self.groups, self.families, self.functions = [], [], {}
        self.read(ordinary)
        self.pair()
        for name, parameters in prototypes(wide):
            self.functions[name.removesuffix("W")].wide = parameters

    def read(self, text):
        pattern = rf"/\* ==== (?P<heading>.*?) ==== \*/|(?P<comment>{COMMENT})\s*(?:(?P<constant>\w+) = (?P<value>-?\d+),?|{PROTOTYPE})"
        heading, group, family = "", None, None
        for found in re.finditer(pattern, text):
            if found["heading"]:
                heading, group, family = found["heading"], None, None
                continue
            docs = comment_lines(found["comment"])
            if found["constant"]:
                if group is None:
                    group = Group(heading)
                    self.groups.append(group)
                group.constants.append(Constant(found["constant"], int(found["value"]), one_line("\n".join(docs))))
            else:
                if family is None:
                    family = (heading, [])
                    self.families.append(family)
                function = Function(found["name"], parameters_of(found["list"]), docs)
                family[1].append(function)
                self.functions[function.name] = function

    def pair(self):
        """A function of the Id family says only what differs: the rest is its twin's."""
        for function in self.functions.values():
            twin = self.functions.get(function.name.removesuffix("Id"))
            if twin is None or twin is function:
                continue
            function.twin, twin.by_id = twin, function
            for parameter in names_of(function.parameters):
                if parameter in twin.about:
                    function.about.setdefault(parameter, twin.about[parameter])
            if "id" in names_of(function.parameters) and "name" in twin.about:
                function.about["id"] = re.sub(r"\bname\b", "id", twin.about["name"])

    @property
    def constants(self):
        return {one.name: one for group in self.groups for one in group.constants}


PROTOTYPE = r"WDSOCKET_API intptr_t WDSOCKET_CALL (?P<name>\w+)\((?P<list>[^)]*)\);"


def parameters_of(text):
    text = one_line(text)
    return [] if text == "void" else text.split(", ")


def prototypes(text):
    return [(found["name"], parameters_of(found["list"])) for found in re.finditer(PROTOTYPE, text)]


def french_names():
    """WLanguage's French name of each English one, from the module for WINDEV, whose names have wd in front."""
    names = {}
    for line in (PROJECT / "scripts/windev/words.tsv").read_text().splitlines():
        cells = line.split("\t")
        if cells[0] == "name" and cells[1].startswith("wd"):
            names[cells[1][2:]] = cells[2][2:]
    return names


def version():
    return re.search(r'^version = "(.*)"', (PROJECT / "Cargo.toml").read_text(), re.M)[1]


# A word of the text that has a page or a place of its own.
WORD = re.compile(r"`([^`]+)`|\*(\w[^*]*\w|\w)\*|\b(WDSOCKET_\w+|(?:Socket|SSL|Net|Protocol|Certificate)[A-Z]\w*|[A-Z]{2,}(?:_[A-Z]+)*)\b")


def words(text, header):
    """Cuts a text into (kind, text): plain, code, emphasis, function, constant and error (a code without its prefix)."""
    at = 0
    for found in WORD.finditer(text):
        kind, word = None, found[0]
        if found[2]:
            kind, word = "emphasis", found[2]
        else:
            word = found[1] or found[3]
            if word in header.functions:
                kind = "function"
            elif word in header.constants:
                kind = "constant"
            elif f"WDSOCKET_ERR_{word}" in header.constants:
                kind = "error"
            elif found[1]:
                kind = "code"
        if kind:
            if found.start() > at:
                yield "plain", text[at:found.start()]
            yield kind, word
            at = found.end()
    if at < len(text):
        yield "plain", text[at:]
