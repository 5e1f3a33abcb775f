"""The report as one HTML page with plots, without scripts or anything from elsewhere: page.py REPORT PAGE."""

import html
import json
import sys

WIDTH, HEIGHT, LEFT, BOTTOM, TOP, RIGHT = 560, 310, 56, 42, 30, 12
COLOURS = ("#1f6fb2", "#c2571a", "#2f8f4e", "#7a4fa3")
STYLE = (
    "body{font:15px/1.5 system-ui,sans-serif;max-width:1180px;margin:2em auto;padding:0 1em;color:#222}"
    "table{border-collapse:collapse;margin:.6em 0}"
    "td,th{padding:.25em .8em;text-align:right;border-bottom:1px solid #ddd}"
    "td:first-child,th:first-child{text-align:left}.plots{display:flex;flex-wrap:wrap;gap:1em}figure{margin:0}"
    "figcaption{font-weight:600}svg text{font:12px system-ui,sans-serif;fill:#444}.wrong{color:#b00020}"
)


def steps(most):
    """Four to eight round numbers from 0 to at least `most`."""
    size = 1e-9
    while True:
        for factor in (1, 2, 5):
            if most / (size * factor) <= 7:
                count = int(-(-most // (size * factor))) or 1
                return [size * factor * number for number in range(count + 1)]
        size *= 10


def plot(title, across, up, lines):
    """An SVG figure of [(label, [(x, y)])]; both axes start at 0."""
    xs = steps(max(x for _, points in lines for x, _ in points))
    ys = steps(max(y for _, points in lines for _, y in points))
    wide, high = WIDTH - LEFT - RIGHT, HEIGHT - TOP - BOTTOM

    def place(x, y):
        return LEFT + wide * x / xs[-1], TOP + high * (1 - y / ys[-1])

    parts = ['<svg viewBox="0 0 %d %d" width="%d" height="%d" role="img">' % (WIDTH, HEIGHT, WIDTH, HEIGHT)]
    for y in ys:
        parts.append(
            '<line x1="%d" x2="%d" y1="%.1f" y2="%.1f" stroke="#e4e4e4"/>'
            % ((LEFT, WIDTH - RIGHT) + (place(0, y)[1],) * 2)
        )
        parts.append('<text x="%d" y="%.1f" text-anchor="end">%g</text>' % (LEFT - 6, place(0, y)[1] + 4, round(y, 6)))
    for x in xs:
        parts.append(
            '<text x="%.1f" y="%d" text-anchor="middle">%g</text>' % (place(x, 0)[0], HEIGHT - BOTTOM + 16, round(x, 6))
        )
    parts.append(
        '<text x="%d" y="%d" text-anchor="middle">%s</text>' % (LEFT + wide / 2, HEIGHT - 6, html.escape(across))
    )
    parts.append(
        '<text transform="translate(13 %d) rotate(-90)" text-anchor="middle">%s</text>'
        % (TOP + high / 2, html.escape(up))
    )
    for number, (label, points) in enumerate(lines):
        colour = COLOURS[number % len(COLOURS)]
        path = " ".join("%.1f,%.1f" % place(x, y) for x, y in points)
        parts.append('<polyline points="%s" fill="none" stroke="%s" stroke-width="2"/>' % (path, colour))
        if len(points) < 20:
            parts += ['<circle cx="%.1f" cy="%.1f" r="3" fill="%s"/>' % (place(x, y) + (colour,)) for x, y in points]
        column = LEFT + number * wide / len(lines)  # above the axes, where no curve runs
        parts.append('<rect x="%d" y="%d" width="12" height="4" fill="%s"/>' % (column, TOP - 15, colour))
        parts.append('<text x="%d" y="%d">%s</text>' % (column + 18, TOP - 10, html.escape(label)))
    return "<figure><figcaption>%s</figcaption>%s</svg></figure>" % (html.escape(title), "".join(parts))


def shares(latencies):
    ordered = sorted(latencies)
    return [(value, (number + 1) / len(ordered)) for number, value in enumerate(ordered)]


def plots(model):
    levels = [one for one in model["levels"] if one["latencies_ms"]]
    if not levels:
        return
    yield plot(
        "Latency by clients",
        "clients",
        "ms",
        [("p%d" % percent, [(one["clients"], one["p%d_ms" % percent]) for one in levels]) for percent in (50, 90, 99)],
    )
    yield plot(
        "Answers by clients (knee at %d)" % model["knee_clients"],
        "clients",
        "answers/s",
        [("answers/s", [(one["clients"], one["answers_per_second"]) for one in levels])],
    )
    yield plot(
        "Without server and with it",
        "ms",
        "part answered within",
        [
            ("without server", shares(model["floor"]["latencies_ms"])),
            ("with it, 1 client", shares(levels[0]["latencies_ms"])),
        ],
    )
    yield plot(
        "Latency in the order of the answers, %d clients" % levels[-1]["clients"],
        "answer",
        "ms",
        [("each answer", list(enumerate(levels[-1]["latencies_ms"], 1)))],
    )


def cells(tag, values):
    return "<tr>%s</tr>" % "".join("<%s>%s</%s>" % (tag, html.escape(str(value)), tag) for value in values)


def with_interval(found, key):
    return "%.1f (%.1f to %.1f)" % ((found[key],) + tuple(found[key + "_interval"])) if key in found else "-"


def table(model):
    rows = [cells("th", ["clients", "sent", "failed", "answers/s", "p50 ms", "p90 ms", "p99 ms"])]
    for one in model["levels"]:
        start = [one["clients"], one["sent"], one["failed"], "%.1f" % one["answers_per_second"]]
        rows.append(cells("td", start + [with_interval(one, "p%d_ms" % percent) for percent in (50, 90, 99)]))
    bare = [with_interval(model["floor"], "p%d_ms" % percent) for percent in (50, 90, 99)]
    rows.append(cells("td", ["without server", len(model["floor"]["latencies_ms"]), 0, "-"] + bare))
    return "<table>%s</table>" % "".join(rows)


def in_a_sentence(model):
    """What the server costs, in words; its interval says how far that is to be trusted."""
    if "p50_ms" not in model["overhead_ratio"]:
        return "no answer, so no overhead"
    ratio, (low, high) = model["overhead_ratio"]["p50_ms"], model["overhead_ratio_interval"]["p50_ms"]
    line = "with one client the median is %.2f times (%.2f to %.2f) the model's own without a server" % (
        ratio,
        low,
        high,
    )
    if ratio < 1:
        line += "; less than once is the machine's doing, which was busier while the model ran alone: measure again"
    return line


def section(model):
    memory = {key: value / 1e6 for key, value in model["peak_memory_bytes"].items()}
    memory["load"] = model["load_seconds"]
    about = (
        "Loaded in %(load).1f s. Peak memory %(together).0f MB (frontend %(frontend).0f, worker %(workers).0f)" % memory
    ) + "; %s." % in_a_sentence(model)
    counters = "Sent %(sent)d requests; the server counted %(server)d (%(by)s)." % model["counters"]
    return "<h2>%s</h2><p>%s %s</p>%s<div class=plots>%s</div>" % (
        html.escape(model["name"]),
        html.escape(about),
        counters,
        table(model),
        "".join(plots(model)),
    )


def page(report):
    wrong = [one for one in report["checks"] if one["wrong"]]
    machine = "%(cpus)s CPUs, %(system)s %(architecture)s" % report["machine"]
    about = (
        "TorchServe %s, torch %s, Python %s, %s; load by %s. One worker, one thread, batches of one; intervals of 95%%."
        % (report["torchserve"], report["torch"], report["python"], machine, report["generator"])
    )
    in_a_sentence = ["%d checks on these numbers, %d failed" % (len(report["checks"]), len(wrong))]
    in_a_sentence += ["%(name)s: %(wrong)s" % one for one in wrong]
    listed = "".join("<p%s>%s</p>" % (" class=wrong" if wrong else "", html.escape(line)) for line in in_a_sentence)
    body = "<h1>resnet-18 served by TorchServe</h1><p>%s</p>%s" % (html.escape(about), listed)
    body += "".join(section(model) for model in report["models"])
    head = (
        "<!doctype html><html lang=en><meta charset=utf-8><title>TorchServe benchmark</title><style>%s</style>" % STYLE
    )
    return head + body + "</html>\n"


def main():
    with open(sys.argv[1], encoding="utf-8") as stream:
        report = json.load(stream)
    with open(sys.argv[2], "w", encoding="utf-8") as stream:
        stream.write(page(report))


if __name__ == "__main__":
    main()
