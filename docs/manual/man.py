"""Writes the manual as man pages: one for each function (section 3), and wdsocket(7) with the conventions."""

import re

from header import french_names, names_of, version, without_wlanguage, words


def escaped(text):
    text = text.replace("\\", "\\e").replace("-", "\\-")
    return re.sub(r"^([.'])", r"\\&\1", text, flags=re.M)


def marked(text, header, own=""):
    """A text with its words in bold or italics; `own` is the page's function, to which it need not refer."""
    out = ""
    for kind, word in words(without_wlanguage(text), header):
        if kind == "function" and word != own:
            out += f"\\fB{escaped(word)}\\fR(3)"
        elif kind == "emphasis":
            out += f"\\fI{escaped(word)}\\fR"
        elif kind != "plain":
            out += f"\\fB{escaped(word)}\\fR"
        else:
            out += escaped(word)
    return re.sub(r"^([.'])", r"\\&\1", out, flags=re.M)


def title(name, section):
    return f'.TH {name.upper() if section == 7 else name} {section} "" "wdsocket {version()}" "wdsocket"\n'


def paragraphs(blocks, header, own):
    out = ""
    for block in blocks:
        if block.startswith("    "):
            out += listing("\n".join(line[4:] for line in block.split("\n")))
        else:
            out += ".PP\n" + marked(" ".join(block.split()), header, own) + "\n"
    return out


def listing(text):
    return f".PP\n.in +4n\n.nf\n{escaped(text)}\n.fi\n.in\n"


def errors_of(function, header):
    """The error codes that a function's result names, in the header's order."""
    named = {word for kind, word in words(function.returns, header) if kind == "error"}
    prefix = "WDSOCKET_ERR_"
    return [one for one in header.constants.values() if one.name.startswith(prefix) and one.name[len(prefix):] in named]


def function_page(function, header):
    twin = function.by_id
    listed = [function] + ([twin] if twin else [])
    out = '.\\" Made from wdsocket.h.\n' + title(function.name, 3)
    brief = re.sub(r"[`*]", "", function.brief)
    out += ".SH NAME\n" + ", ".join(one.name for one in listed) + f" \\- {escaped(brief[0].lower() + brief[1:])}\n"
    out += ".SH LIBRARY\nThe sockets of WLanguage (libwdsocket, \\-lwdsocket)\n"
    out += ".SH SYNOPSIS\n.nf\n.B #include <wdsocket.h>\n.PP\n"
    out += "\n.PP\n".join("\\fB" + escaped(one.prototype(width=76)).replace("\n", "\\fR\n\\fB") + "\\fR" for one in listed)
    out += "\n.fi\n.SH DESCRIPTION\n" + paragraphs(function.text, header, function.name).removeprefix(".PP\n")
    if twin:
        out += f".PP\n\\fB{twin.name}\\fR is the same {'by id' if 'id' in names_of(twin.parameters) else 'without a name'}.\n"
    if function.about:
        out += ".SH PARAMETERS\n"
        for name, about in function.about.items():
            out += f".TP\n.I {name}\n{marked(about, header, function.name)}\n"
    out += ".SH RETURN VALUE\n" + marked(function.returns[0].upper() + function.returns[1:], header, function.name) + "\n"
    if twin and twin.returns:
        out += f".PP\nFrom \\fB{twin.name}\\fR: {marked(twin.returns, header)}\n"
    errors = errors_of(function, header)
    if errors:
        out += ".SH ERRORS\n.BR SocketErrorCode (3)\ntells the code, and a result below 0 is its negative.\n"
        for one in errors:
            out += f".TP\n.B {one.name} \\fR({one.value})\n{marked(one.docs, header)}\n"
    if function.example:
        out += ".SH EXAMPLES\n.nf\n" + escaped(function.example) + "\n.fi\n"
    names = wlanguage_names(function)
    if names:
        out += f".SH WLANGUAGE\n{names}\n"
    out += ".SH SEE ALSO\n" + see_also(function, header) + "\n"
    return out


def wlanguage_names(function):
    if not function.of_wlanguage:
        return ""
    french = french_names().get(function.of_wlanguage, function.of_wlanguage)
    return f"\\fB{function.of_wlanguage}\\fR, in French \\fB{french}\\fR."


def see_also(function, header):
    family = next(functions for _, functions in header.families if function in functions)
    others = [one.name for one in family if one is not function and not one.twin][:6]
    listed = [f".BR {name} (3)" for name in sorted(others)] + [".BR wdsocket (7)"]
    return " ,\n".join(listed).replace(") ,", "),")


def overview(header):
    out = '.\\" Made from wdsocket.h.\n' + title("wdsocket", 7)
    out += ".SH NAME\nwdsocket \\- the sockets of WLanguage (WINDEV) for any program\n"
    out += ".SH SYNOPSIS\n.nf\n.B #include <wdsocket.h>\n.PP\ncc program.c $(pkg\\-config \\-\\-cflags \\-\\-libs wdsocket)\n.fi\n"
    out += ".SH DESCRIPTION\n" + escaped(
        "wdsocket gives a program the functions that a WINDEV programmer knows, with the same names, the same parameters in "
        "the same order and the same formats on the wire: TCP, UDP and TLS, through a C header.") + "\n"
    for heading, text in header.conventions:
        out += f".SH {heading.upper()}\n" + "\n.PP\n".join(marked(part, header) for part in text.split("\n")) + "\n"
    out += ".SH FUNCTIONS\n"
    for heading, functions in header.families:
        out += f".SS {escaped(heading)}\n"
        for one in functions:
            if not one.twin:
                out += f".TP\n.BR {one.name} (3)\n{marked(one.brief, header)}\n"
    out += ".SH CONSTANTS\n"
    for group in header.groups:
        out += f".SS {escaped(group.heading)}\n"
        for one in group.constants:
            out += f".TP\n.B {one.name} \\fR({escaped(str(one.value))})\n{marked(one.docs, header)}\n"
    out += ".SH IN WLANGUAGE\n"
    french = french_names()
    for function in header.functions.values():
        name = function.of_wlanguage
        if name and not function.twin:
            other = french.get(name, name)
            also = "" if name == function.name else f": \\fB{function.name}\\fR(3)"
            out += f".TP\n.B {name}\n{escaped(other)}{also}\n"
    return out


def write(header, folder):
    section3, section7 = folder / "man3", folder / "man7"
    section3.mkdir(parents=True, exist_ok=True)
    section7.mkdir(parents=True, exist_ok=True)
    for function in header.functions.values():
        page = f".so man3/{function.twin.name}.3\n" if function.twin else function_page(function, header)
        (section3 / f"{function.name}.3").write_text(page)
    (section7 / "wdsocket.7").write_text(overview(header))
