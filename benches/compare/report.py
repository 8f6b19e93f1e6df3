"""report.py RESULTS [CHART]: prints the table of compare.sh's results and its targets, and draws the chart."""

import sys

RAW = 1.0
# Work, candidate, what the figure is held against, and the least speed relative to that.
SPEEDS = [
    ("64 B echo", "wdsocket, id, no-tag", "plain C", 0.97),
    ("64 B echo", "wdsocket, id, no-tag", "libzmq PAIR", 2),
    ("64 B echo", "wdsocket, id, no-tag", "nng pair0", 5),
    ("64 B echo, one processor", "wdsocket, id, no-tag", "plain C", 0.97),
    ("64 B echo, one processor", "wdsocket, id, no-tag", "libzmq PAIR", 2),
    ("64 B echo, one processor", "wdsocket, id, no-tag", "nng pair0", 5),
    ("64 B stream", "wdsocket, id, size", "plain C", 1),
    ("64 B stream", "wdsocket, id, size, gather", "plain C", 20),
    ("64 B stream", "wdsocket, id, size, gather", "libzmq PAIR", 2),
    ("64 KiB stream", "wdsocket, id, no-tag", "plain C", 0.98),
    ("TLS 64 B echo", "wdsocket, no-tag", "OpenSSL", 0.97),
    ("TLS 64 B echo", "wdsocket, no-tag", "libtls", 1),
    ("TLS 64 B stream", "wdsocket, size, gather", "OpenSSL", 10),
    ("TLS 16 KiB stream", "wdsocket, no-tag", "OpenSSL", 0.97),
    ("TLS 16 KiB stream", "wdsocket, no-tag", "libtls", 1),
    ("TLS client, full, RSA", "wdsocket, no-tag", "OpenSSL", 0.97),
    ("TLS client, full, P-256", "wdsocket, no-tag", "OpenSSL", 0.97),
]
# Work, candidate, the most bytes.
SIZES = [
    ("idle connection, heap", "wdsocket, id, no-tag", 1024),
    ("idle TLS connection, heap", "wdsocket, no-tag", 40 * 1024),
]
# Candidate, one work's median, at least (or at most) so many times another work's.
GROWTH = [
    ("wdsocket, no-tag", "TLS client, resumed, RSA", "TLS client, full, RSA", 2, None),
    (
        "wdsocket, no-tag",
        "TLS client, resumed, RSA, one processor",
        "TLS client, full, RSA, one processor",
        2,
        None,
    ),
    (
        "wdsocket, no-tag",
        "TLS client, second of a process, RSA",
        "TLS client, first of a process, RSA",
        2,
        None,
    ),
    ("wdsocket's watch", "wake among 10000", "wake among 100", None, 1.3),
]


def read(path):
    """{(work, candidate): (unit, median, 99th percentile, speed)}, work by work in the order of the file."""
    results = {}
    with open(path, encoding="utf-8") as lines:
        for line in lines:
            work, candidate, unit, *numbers = line.rstrip("\n").split("\t")
            results[work, candidate] = (unit, *(float(n) if n else None for n in numbers))
    works = list(dict.fromkeys(work for work, _ in results))
    return dict(sorted(results.items(), key=lambda result: works.index(result[0][0])))


def targets(results):
    """{(work, candidate): [what is asked and whether it is met]}"""
    told = {}

    def tell(key, asked, met):
        told.setdefault(key, []).append(f"{asked}: {'met' if met else 'MISSED'}")

    for work, candidate, other, least in SPEEDS:
        if (work, candidate) in results and (work, other) in results:
            speed = results[work, candidate][3] / results[work, other][3]
            tell((work, candidate), f"{least} x {other} ({speed:.2f})", speed >= least)
    for work, candidate, most in SIZES:
        if (work, candidate) in results:
            tell((work, candidate), f"under {most} B", results[work, candidate][1] < most)
    for candidate, work, other, least, most in GROWTH:
        if (work, candidate) in results and (other, candidate) in results:
            times = results[work, candidate][1] / results[other, candidate][1]
            asked = f"at least {least}" if least else f"at most {most}"
            met = times >= least if least else times <= most
            tell((work, candidate), f"{asked} x {other} ({times:.2f})", met)
    return told


def figure(number, unit):
    if number is None:
        return ""
    digits = 0 if unit == "B" or number >= 1000 else 1 if number >= 100 else 2
    return f"{number:.{digits}f} {unit}"


def print_table(results):
    told = targets(results)
    rows = [("work", "candidate", "median", "99th percentile", "speed", "target")]
    before = None
    for (work, candidate), (unit, median, slow, speed) in results.items():
        rows.append((
            work if work != before else "",
            candidate,
            figure(median, unit),
            figure(slow, unit),
            "" if speed is None else f"{speed:.3f}",
            "; ".join(told.get((work, candidate), [])),
        ))
        before = work
    widths = [max(len(row[i]) for row in rows) for i in range(len(rows[0]))]
    rows.insert(1, tuple("-" * width for width in widths))
    for row in rows:
        print("| " + " | ".join(cell.ljust(width) for cell, width in zip(row, widths)) + " |")


def draw(results, path):
    """A panel for each work, a bar for each candidate."""
    import matplotlib

    matplotlib.use("svg")
    matplotlib.rcParams["svg.hashsalt"] = "wdsocket"  # the same results give the same file
    from matplotlib import pyplot

    works = list(dict.fromkeys(work for work, _ in results))
    columns = 3
    rows = -(-len(works) // columns)
    _, panels = pyplot.subplots(rows, columns, figsize=(17, 2.3 * rows), squeeze=False)
    for panel in panels.flat[len(works):]:
        panel.set_visible(False)
    for work, panel in zip(works, panels.flat):
        here = {candidate: r for (of, candidate), r in results.items() if of == work}
        has_speed = all(r[3] is not None for r in here.values())
        values = [r[3] if has_speed else r[1] for r in here.values()]
        colors = ["#1f77b4" if "wdsocket" in candidate else "#b0b0b0" for candidate in here]
        bars = panel.barh(list(here), values, color=colors)
        panel.bar_label(bars, [figure(r[1], r[0]) for r in here.values()], padding=3, fontsize=8)
        panel.set_title(work + (", relative speed" if has_speed else ", bytes"), fontsize=10)
        panel.margins(x=0.25)
        panel.invert_yaxis()
        panel.tick_params(labelsize=8)
        panel.spines[["top", "right"]].set_visible(False)
        if has_speed:
            panel.axvline(RAW, color="black", linewidth=0.8, linestyle=":")
    pyplot.tight_layout()
    pyplot.savefig(path, metadata={"Date": None})


found = read(sys.argv[1])
print_table(found)
if len(sys.argv) > 2:
    draw(found, sys.argv[2])
