"""The pages of docs/ as HTML: headings, paragraphs, lists, tables, code, pictures and links are all that they use."""

import re
from html import escape


def html(text, inline, code, link):
    """`inline` makes HTML of plain words, `code` of a C program, `link` tells where a link of the page leads, or None."""
    out, lines, at = [], text.split("\n"), 0
    words = lambda text: spans(text, inline, link)
    while at < len(lines):
        line = lines[at]
        if not line.strip():
            at += 1
        elif line.startswith("```"):
            end = next(i for i in range(at + 1, len(lines)) if lines[i].startswith("```"))
            out.append(listing("\n".join(lines[at + 1:end]), line[3:].strip(), code))
            at = end + 1
        elif line.startswith("    "):
            end = at
            while end < len(lines) and (lines[end].startswith("    ") or not lines[end].strip()):
                end += 1
            out.append(listing("\n".join(one[4:] for one in lines[at:end]).rstrip(), "", code))
            at = end
        elif line.startswith("#"):
            level, heading = len(line) - len(line.lstrip("#")), line.lstrip("# ")
            out.append(f'<h{level} id="{anchor(heading)}">{words(heading)}</h{level}>')
            at += 1
        elif line.startswith("|"):
            end = at
            while end < len(lines) and lines[end].startswith("|"):
                end += 1
            out.append(table(lines[at:end], words))
            at = end
        elif re.match(r"([-*]|\d+\.) ", line):
            at, part = items(lines, at, words)
            out.append(part)
        else:
            end = at
            while end < len(lines) and lines[end].strip() and not re.match(r"(```|#|\||[-*] )", lines[end]):
                end += 1
            out.append(f"<p>{words(' '.join(lines[at:end]))}</p>")
            at = end
    return "\n".join(out)


def anchor(heading):
    """As the places where these pages are read online make it."""
    return re.sub(r"\s", "-", re.sub(r"[^\w\s-]", "", heading.lower()).strip())


def listing(text, language, code):
    return f"<pre><code>{code(text) if language == 'c' else escape(text, quote=False)}</code></pre>"


def items(lines, at, words):
    kind = "ol" if lines[at][0].isdigit() else "ul"
    found = []
    while at < len(lines) and (re.match(r"([-*]|\d+\.) ", lines[at]) or (found and lines[at].startswith("  "))):
        if lines[at].startswith("  "):
            found[-1] += " " + lines[at].strip()
        else:
            found.append(lines[at].split(" ", 1)[1])
        at += 1
    return at, f"<{kind}>" + "".join(f"<li>{words(one)}</li>" for one in found) + f"</{kind}>"


def table(lines, words):
    rows = [[cell.replace("\0", "|").strip() for cell in line.replace("\\|", "\0").strip().strip("|").split("|")] for line in lines]
    head = "".join(f"<th>{words(cell)}</th>" for cell in rows[0])
    body = "".join("<tr>" + "".join(f"<td>{words(cell)}</td>" for cell in row) + "</tr>" for row in rows[2:])
    return f'<div class="wide"><table><thead><tr>{head}</tr></thead>{body}</table></div>'


SPAN = re.compile(r"`` ?(.+?) ?``|`([^`]+)`|!\[([^\]]*)\]\(([^)]*)\)|\[((?:[^\]`]|`[^`]*`)*)\]\(([^)]*)\)|\*\*(.+?)\*\*|(?<!\*)\*([^*\s][^*]*)\*")


def spans(text, inline, link):
    out, at = "", 0
    for found in SPAN.finditer(text):
        out += inline(text[at:found.start()])
        code, alt, picture, label, target, strong, emphasis = (found[1] or found[2], *found.groups()[2:])
        if code:
            out += inline(f"`{code}`")
        elif picture:
            out += f'<img class="picture" src="{link(picture)}" alt="{escape(alt)}" loading="lazy">' if link(picture) else ""
        elif target:
            to, inside = link(target), spans(label, lambda text: escape(text.replace("`", ""), quote=False), link)
            out += f'<a href="{to}">{inside}</a>' if to else inside
        elif strong:
            out += f"<strong>{spans(strong, inline, link)}</strong>"
        else:
            out += f"<em>{spans(emphasis, inline, link)}</em>"
        at = found.end()
    return out + inline(text[at:])
