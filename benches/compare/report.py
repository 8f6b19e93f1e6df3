"""report.py RESULTS [CHART]: prints the table of compare.sh's results and its targets, and draws the chart."""

import sys

# What the chart shows: what a user asks, the work, and the candidate of this library's.
CHART = [
    ("a question and its answer", "64 B echo", "wdsocket, id, size"),
    ("… both sides on one processor", "64 B echo, one processor", "wdsocket, id, size"),
    ("64-byte messages one way", "64 B stream", "wdsocket, id, size"),
    ("… with SocketGather", "64 B stream", "wdsocket, id, size, gather"),
    ("64 KiB blocks one way", "64 KiB stream, reno", "wdsocket, id, no-tag"),
    ("connect, accept, close", "connect, accept, close", "wdsocket, id, size"),
    ("1,000 busy clients, one thread", "1000 busy clients", "wdsocket's watch"),
    ("one of 10,000 idle clients asks", "wake among 10000", "wdsocket's watch"),
    ("TLS: a question and its answer", "TLS 64 B echo", "wdsocket, size"),
    ("TLS: full handshake as a client", "TLS client, full, RSA", "wdsocket, no-tag"),
]
# Work, candidate, what the figure is held against, and the least speed relative to that.
SPEEDS = [
    ("64 B echo", "wdsocket, id, no-tag", "plain C", 0.97),
    ("64 B echo", "wdsocket, id, no-tag", "libzmq PAIR", 2),
    ("64 B echo", "wdsocket, id, no-tag", "nng pair0", 5),
    ("64 B echo, one processor", "wdsocket, id, no-tag", "plain C", 0.95),
    ("64 B echo, one processor", "wdsocket, id, no-tag", "libzmq PAIR", 2),
    ("64 B echo, one processor", "wdsocket, id, no-tag", "nng pair0", 5),
    ("64 B stream", "wdsocket, id, size", "plain C", 1),
    ("64 B stream", "wdsocket, id, size, gather", "plain C", 20),
    ("64 B stream", "wdsocket, id, size, gather", "libzmq PAIR", 2),
    ("64 KiB stream, reno", "wdsocket, id, no-tag", "plain C", 0.98),
    ("64 KiB stream, cubic", "wdsocket, id, no-tag", "plain C", 0.98),
    ("TLS 64 B echo", "wdsocket, no-tag", "OpenSSL", 0.97),
    ("TLS 64 B echo", "wdsocket, no-tag", "libtls", 1),
    ("TLS 64 B echo", "wdsocket, size", "OpenSSL, size", 0.97),
    ("TLS 16 KiB stream", "wdsocket, size", "OpenSSL, size", 0.97),
    ("TLS 64 B stream", "wdsocket, size, gather", "OpenSSL", 10),
    ("TLS 16 KiB stream", "wdsocket, no-tag", "OpenSSL", 0.97),
    ("TLS 16 KiB stream", "wdsocket, no-tag", "libtls", 1),
    ("TLS client, full, RSA", "wdsocket, no-tag", "OpenSSL", 0.97),
    ("TLS client, first of a process, the system's roots", "wdsocket, no-tag", "OpenSSL", 2),
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
    """A line for each row of CHART: this library and the others beside plain C, or OpenSSL, called by hand."""
    import matplotlib

    matplotlib.use("svg")
    matplotlib.rcParams["svg.hashsalt"] = "wdsocket"  # the same results give the same file
    matplotlib.rcParams["svg.fonttype"] = "none"  # text stays text
    from matplotlib import pyplot

    others = {"libzmq PAIR": "s", "nng pair0": "^", "nng rep0": "^", "libtls": "D", "wolfSSL": "v"}
    rows = [row for row in CHART if row[1:] in results]
    _, panel = pyplot.subplots(figsize=(9, 0.45 * len(rows) + 1.3))
    for y, (_, work, own) in enumerate(rows):
        speed = results[work, own][3]
        panel.plot([1, speed], [y, y], color="#1f77b4", linewidth=2)
        panel.plot(speed, y, "o", color="#1f77b4", markersize=8, label="wdsocket" if y == 0 else None)
        panel.annotate(f"{speed:.2f}", (speed, y), xytext=(0, 7), textcoords="offset points", ha="center", fontsize=8)
        for other, marker in others.items():
            if (work, other) in results:
                told = panel.get_legend_handles_labels()[1]
                name = other.split()[0]
                panel.plot(
                    results[work, other][3], y, marker, color="#909090", label=None if name in told else name
                )
    panel.set_yticks(range(len(rows)), [row[0] for row in rows])
    panel.invert_yaxis()
    panel.set_xscale("log")
    marks = [0.2, 0.5, 1, 2, 5, 10, 20, 50]
    panel.set_xticks(marks, [str(mark) for mark in marks])
    panel.minorticks_off()
    panel.set_xlabel("times as fast as plain C, or OpenSSL, called by hand")
    panel.axvline(1, color="black", linewidth=0.8, linestyle=":")
    panel.spines[["top", "right"]].set_visible(False)
    panel.legend(loc="lower right", frameon=False, fontsize=8)
    pyplot.tight_layout()
    pyplot.savefig(path, metadata={"Date": None})


found = read(sys.argv[1])
print_table(found)
if len(sys.argv) > 2:
    draw(found, sys.argv[2])
