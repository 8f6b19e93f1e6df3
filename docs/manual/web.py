"""Writes the manual as HTML: a page for each function, one of constants, one of WLanguage's names, and search."""

import json
import re
import shutil
from html import escape

import markdown
from header import HERE, PROJECT, french_names, names_of, version, without_wlanguage, words

# The pages of docs/ that a reader of the manual needs, in order.
GUIDES = ["install", "modes", "watches", "tls", "udp", "proxies", "bluetooth", "errors", "windows", "windev", "speed", "abi", "fr", "es"]

PICTURES = [
    ("client.svg", "A client", "connects, writes, reads and closes."),
    ("standard_server.svg", "A standard server", "takes any number of clients, each as a channel of its own."),
    ("simplified_server.svg", "A simplified server", "has one client at a time and reads and writes under its own name."),
]


def anchor(heading):
    return re.sub(r"[^a-z0-9]+", "-", heading.lower()).strip("-")


def short(heading):
    """A family's heading without what follows its first word or words."""
    return re.split(r"[:,]", heading)[0]


def breakable(name):
    """A name that a narrow column may break between its words."""
    return re.sub(r"(?<=[a-zé])(?=[A-Z])", "<wbr>", name)


class Site:
    def __init__(self, header, folder):
        self.header, self.folder = header, folder

    def link(self, kind, word):
        header = self.header
        if kind == "function":
            return f'<a href="{word}.html"><code>{word}</code></a>'
        if kind in ("constant", "error"):
            name = word if kind == "constant" else f"WDSOCKET_ERR_{word}"
            docs = escape(header.constants[name].docs, quote=True)
            return f'<a href="constants.html#{name}" title="{docs}" class="{kind}"><code>{word}</code></a>'
        return f"<code>{escape(word)}</code>"

    def inline(self, text, own=""):
        out = ""
        for kind, word in words(without_wlanguage(text), self.header):
            if kind == "plain":
                out += escape(word, quote=False)
            elif kind == "emphasis":
                out += f"<em>{escape(word)}</em>"
            elif word == own:
                out += f"<code>{word}</code>"
            else:
                out += self.link(kind, word)
        return out

    def code(self, text, own=""):
        """C with its words coloured and its functions linked."""
        out, at = "", 0
        for found in C.finditer(text):
            out += escape(text[at:found.start()], quote=False)
            word = found[0]
            if found["function"] and word in self.header.functions and word != own:
                out += f'<a href="{word}.html">{word}</a>'
            elif found["function"] and word in self.header.constants:
                out += f'<a href="constants.html#{word}" class="k">{word}</a>'
            elif found["function"]:
                out += f"<b>{word}</b>" if word == own else word
            else:
                out += f'<span class="{found.lastgroup}">{escape(word, quote=False)}</span>'
            at = found.end()
        return out + escape(text[at:], quote=False)

    def page(self, name, title, body, family=None, about=""):
        """A page with the list of everything beside it; the family of the page stands open in it."""
        current = lambda page: ' aria-current="page"' if page == name else ""
        menu = "".join(
            f'<a href="{page}.html"{current(page)}>{label}</a>'
            for page, label in [("index", "Overview"), ("constants", "Constants"), ("wlanguage", "WLanguage names"), ("errors", "Error codes")]
        )
        links = "".join(f'<li><a href="{page}.html"{current(page)}>{escape(heading)}</a></li>' for page, heading in self.guides())
        menu += f"<details{' open' if name.startswith('guide-') else ''}><summary>Guides</summary><ul>{links}</ul></details>"
        for heading, functions in self.header.families:
            opened = " open" if heading == family else ""
            links = "".join(f'<li><a href="{one.name}.html"{current(one.name)}>{breakable(one.name)}</a></li>' for one in functions if not one.twin)
            twin = self.header.functions.get(name) and self.header.functions[name].twin
            if twin:
                links = links.replace(f'<a href="{twin.name}.html">', f'<a href="{twin.name}.html" aria-current="page">')
            menu += f"<details{opened}><summary>{escape(short(heading))}</summary><ul>{links}</ul></details>"
        about = escape(about or title, quote=True)
        text = TEMPLATE
        for key, value in dict(title=escape(title), about=about, menu=menu, body=body, version=version()).items():
            text = text.replace(f"@{key}@", value)
        (self.folder / f"{name}.html").write_text(text)

    def function(self, function, heading):
        twin = function.twin
        full = twin or function
        own = function.name
        body = f'<p class="crumb"><a href="index.html#{anchor(heading)}">{escape(short(heading))}</a></p><h1>{own}</h1>'
        body += self.family_switch(function)
        body += f'<p class="lead">{self.inline(full.summary, own)}</p>'
        body += f'<pre class="prototype"><code>{self.code(function.prototype(), own)}</code></pre>'
        for block in full.text[1:]:
            body += self.block(block, own)
        if function.about:
            body += "<h2>Parameters</h2><dl class=\"parameters\">"
            for name in names_of(function.parameters):
                kind = next(one for one in function.parameters if re.search(r"\w+$", one)[0] == name)
                kind = kind[: -len(name)].strip()
                body += f"<dt><code>{name}</code><small>{escape(kind)}</small></dt><dd>{self.inline(function.about.get(name, ''), own)}</dd>"
            body += "</dl>"
        returns = function.returns or full.returns
        body += f"<h2>Result</h2><p>{self.inline(returns[0].upper() + returns[1:], own)}</p>"
        if twin and function.returns:
            body += f'<p>The codes are those of <a href="{twin.name}.html"><code>{twin.name}</code></a>: {self.inline(twin.returns)}</p>'
        if full.example:
            note = f' <small>with <a href="{twin.name}.html">{twin.name}</a></small>' if twin else ""
            body += f"<h2>Example{note}</h2><pre><code>{self.code(full.example, own)}</code></pre>"
        body += self.elsewhere(function, full)
        self.page(own, own, body, heading, full.brief)

    def family_switch(self, function):
        """By name or by id: two tabs that are two pages."""
        by_name = function.twin or function
        by_id = by_name.by_id
        if not by_id:
            return ""
        ways = [(by_name, "by name"), (by_id, "by id" if "id" in names_of(by_id.parameters) or "watch" in names_of(by_id.parameters) else "without a name")]
        tabs = "".join(
            f'<a href="{one.name}.html"{" aria-current=page" if one is function else ""}>{label}</a>' for one, label in ways
        )
        return f'<nav class="ways" aria-label="Form of the function">{tabs}</nav>'

    def elsewhere(self, function, full):
        rows = ""
        name = full.of_wlanguage
        if name:
            french = french_names().get(name, name)
            rows += f"<tr><th>WLanguage</th><td><code>{name}</code></td></tr><tr><th>WLangage (français)</th><td><code>{french}</code></td></tr>"
        if function.wide:
            wide = function.prototype(parameters=function.wide, suffix="W")
            rows += f'<tr><th>Windows, UTF-16</th><td><pre><code>{self.code(wide, function.name + "W")}</code></pre></td></tr>'
        return f'<h2>Elsewhere</h2><table class="elsewhere">{rows}</table>' if rows else ""

    def block(self, block, own=""):
        if block.startswith("    "):
            text = "\n".join(line[4:] for line in block.split("\n"))
            return f"<pre><code>{self.code(text, own)}</code></pre>"
        return f"<p>{self.inline(' '.join(block.split()), own)}</p>"

    def overview(self):
        header = self.header
        body = f"<h1>wdsocket</h1><p class=\"lead\">The sockets of WLanguage (WINDEV) for any program that can call a C function: TCP, UDP and TLS.</p>"
        body += '<pre><code>' + self.code(FIRST) + "</code></pre>"
        body += '<h2 id="modes">Three ways to use it</h2><div class="pictures">'
        for file, heading, text in PICTURES:
            if (PROJECT / "docs/pictures" / file).exists():
                shutil.copyfile(PROJECT / "docs/pictures" / file, self.folder / file)
                body += f'<figure><a href="{file}"><img src="{file}" alt="{heading} {text}" loading="lazy"></a><figcaption><b>{heading}</b> {text}</figcaption></figure>'
        body += '</div><h2 id="functions">Functions</h2>'
        for heading, functions in header.families:
            first, _, rest = heading.partition(":")
            body += f'<h3 id="{anchor(heading)}">{escape(first)}{f"<small>{escape(rest.strip())}</small>" if rest else ""}</h3><table class="functions">'
            for one in functions:
                if not one.twin:
                    body += f'<tr><th><a href="{one.name}.html"><code>{one.name}</code></a></th><td>{self.inline(one.brief)}.</td></tr>'
            body += "</table>"
        body += '<h2 id="conventions">What holds for every function</h2>'
        for heading, text in header.conventions:
            paragraphs = "".join(f"<p>{self.inline(part)}</p>" for part in text.split("\n"))
            body += f'<section class="convention"><h3 id="{anchor(heading)}">{heading}</h3><div>{paragraphs}</div></section>'
        self.page("index", "wdsocket", body, about=header.title)

    def constants(self):
        body = "<h1>Constants</h1><p class=\"lead\">The enumerators of <code>wdsocket.h</code>. A number never changes once released.</p>"
        body += '<ul class="toc">' + "".join(f'<li><a href="#{anchor(group.heading)}">{escape(group.heading)}</a></li>' for group in self.header.groups) + "</ul>"
        for group in self.header.groups:
            body += f'<h2 id="{anchor(group.heading)}">{escape(group.heading)}</h2><table class="constants">'
            for one in group.constants:
                body += self.constant_row(one)
            body += "</table>"
        self.page("constants", "Constants", body)

    def constant_row(self, one):
        found = re.match(r"Option \((.*?)\): (.*)", one.docs)
        text = f"{self.inline(found[2][0].upper() + found[2][1:], one.name)}<small>{escape(found[1])}</small>" if found else self.inline(one.docs, one.name)
        return f'<tr id="{one.name}"><th><code>{one.name}</code><small>{one.value}</small></th><td>{text}</td></tr>'

    def errors(self):
        """Each code with the functions that name it."""
        header = self.header
        named = {}
        for function in header.functions.values():
            for kind, word in words(function.returns, header):
                if kind == "error" and not function.twin:
                    named.setdefault(word, [])
                    if function not in named[word]:
                        named[word].append(function)
        body = '<h1>Error codes</h1><p class="lead">' + self.inline("`SocketErrorCode` tells them as they are, a result as their negative; `SocketErrorInfo` says in a sentence what happened.") + "</p>"
        body += '<table class="constants errors">'
        for one in header.constants.values():
            if one.name.startswith("WDSOCKET_ERR_"):
                word = one.name.removeprefix("WDSOCKET_ERR_")
                users = ", ".join(f'<a href="{function.name}.html">{function.name}</a>' for function in named.get(word, []))
                more = f"<details><summary>{len(named[word])} functions say so</summary>{users}</details>" if len(named.get(word, [])) > 4 else f"<small>{users}</small>"
                body += f'<tr id="{one.name}"><th><code>{word}</code><small>{one.value}</small></th><td>{self.inline(one.docs)}{more}</td></tr>'
        body += "</table>"
        self.page("errors", "Error codes", body)

    def wlanguage(self):
        french = french_names()
        of_wlanguage, beyond = [], []
        for function in self.header.functions.values():
            if function.twin:
                continue
            name = function.of_wlanguage or function.name
            row = (name, french.get(name, name), function)
            (of_wlanguage if function.of_wlanguage else beyond).append(row)
        body = '<h1>WLanguage names</h1><p class="lead">English and French, and the function here that does it. The module for WINDEV in <code>windev/</code> has the same names with <code>wd</code> in front.</p>'
        for heading, rows in [("Functions of WLanguage", of_wlanguage), ("Beyond WLanguage, with the module’s names", beyond)]:
            body += f'<h2>{heading}</h2><table class="names"><thead><tr><th>English</th><th lang="fr">Français</th><th>here</th></tr></thead>'
            for name, other, function in sorted(rows, key=lambda row: row[0]):
                body += f'<tr><td><code>{breakable(name)}</code></td><td lang="fr"><code>{breakable(other)}</code></td><td><a href="{function.name}.html"><code>{breakable(function.name)}</code></a></td></tr>'
            body += "</table>"
        self.page("wlanguage", "WLanguage names", body)

    def guides(self):
        """The guides' pages and headings."""
        found = []
        for name in GUIDES:
            path = PROJECT / "docs" / f"{name}.md"
            if path.exists():
                heading = path.read_text().split("\n", 1)[0].lstrip("# ")
                found.append((f"guide-{name}", heading))
        return found

    def guide(self, page, heading):
        text = (PROJECT / "docs" / f"{page.removeprefix('guide-')}.md").read_text()
        body = markdown.html(text, self.inline, self.code, self.target)
        language = {"guide-fr": "fr", "guide-es": "es"}.get(page, "en")
        self.page(page, heading, f'<article class="guide" lang="{language}">{body}</article>')

    def target(self, link):
        """Where a link in docs/ leads here: to another guide, a picture, or nowhere."""
        file, _, place = link.partition("#")
        if not file:
            return link
        if file.endswith(".svg") and (PROJECT / "docs" / file).exists():
            shutil.copyfile(PROJECT / "docs" / file, self.folder / file.split("/")[-1])
            return file.split("/")[-1]
        if file == "constants.md":
            return "constants.html"
        if file.removesuffix(".md") in GUIDES and (PROJECT / "docs" / file).exists():
            return f"guide-{file.removesuffix('.md')}.html" + (f"#{place}" if place else "")
        if link == "../README.md#all-functions":
            return "wlanguage.html"
        return None

    def search(self):
        """What the search knows: a name, where it leads, what it is, and other names for it."""
        french = french_names()
        entries = []
        for function in self.header.functions.values():
            full = function.twin or function
            other = {full.of_wlanguage, french.get(full.of_wlanguage or full.name)} - {None, function.name}
            if function.wide:
                other.add(function.name + "W")
            about = re.sub(r"[`*]", "", full.brief)
            entries.append([function.name, f"{function.name}.html", about, " ".join(sorted(other)), 0 if function is full else 1])
        for one in self.header.constants.values():
            entries.append([one.name, f"constants.html#{one.name}", re.sub(r"[`*]", "", one.docs), "", 2])
        for page, heading in self.guides():
            entries.append([heading, f"{page}.html", "A guide", "", 1])
            text = (PROJECT / "docs" / f"{page.removeprefix('guide-')}.md").read_text()
            text = re.sub(r"^```.*?^```", "", text, flags=re.M | re.S)
            for part in re.findall(r"^##+ (.*)", text, re.M):
                entries.append([re.sub(r"[`*]", "", part), f"{page}.html#{markdown.anchor(part)}", heading, "", 2])
        for heading, text in self.header.conventions:
            entries.append([heading, f"index.html#{anchor(heading)}", text[:160], "", 2])
        (self.folder / "search-index.js").write_text("const ENTRIES = " + json.dumps(entries, ensure_ascii=False) + ";\n")


# A comment, a text, a number, a keyword or any other word.
C = re.compile(
    r"(?P<c>/\*.*?\*/)|(?P<s>\"(?:\\.|[^\"\\])*\"|'(?:\\.|[^'\\])*')|(?P<n>\b\d+\b)"
    r"|(?P<t>\b(?:int32_t|intptr_t|uint16_t|char|void|const|int|sizeof|if|else|for|while|return|NULL)\b)|(?P<function>\b[A-Za-z_]\w*\b)",
    re.S,
)

FIRST = """if (SocketConnect("till", 4000, "192.0.2.7", 5000) && SocketWrite("till", "Hello", -1))
    length = SocketRead("till", 0, 5000, answer, sizeof answer);
SocketClose("till");"""

TEMPLATE = (HERE / "page.html").read_text()


def write(header, folder):
    site = Site(header, folder)
    for heading, functions in header.families:
        for function in functions:
            site.function(function, heading)
    site.overview()
    site.constants()
    site.errors()
    site.wlanguage()
    for page, heading in site.guides():
        site.guide(page, heading)
    site.search()
    for file in ("style.css", "search.js"):
        shutil.copyfile(HERE / file, folder / file)
