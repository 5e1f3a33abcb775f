"""The figures as tables: Markdown for docs/performance.md, which a terminal shows as well."""

from __future__ import annotations

from collections.abc import Sequence

from .figures import BY_HAND, FLOOR, IN_NOX, OURS, Figures, Result, Row

NAMES = {OURS: "**ours**", IN_NOX: "ours in nox", FLOOR: "floor"}


def whole(figures: Figures) -> str:
    """Seconds of whole processes by workload and tool, then ours as a ratio to the best peer and to the floor."""
    names = [column.name for column in figures.columns]
    heads = [
        "workload",
        *(NAMES.get(name, name) for name in names),
        "ours / best peer",
        "ours / floor",
        "in nox / by hand",
    ]
    rows = [
        [f"{row.key}: {row.title}", *(cell(row.results.get(name)) for name in names), *_ratios(figures, row)]
        for row in figures.rows
    ]
    return markdown(heads, rows)


def less_start(figures: Figures) -> str:
    """Ours, the best peer of all and the best that gives each job a place of its own, each less its start."""
    less = figures.less_start()
    heads = ["workload, less W1's time", "**ours**", "best peer", "best that keeps jobs apart", "floor"]
    rows = [
        [row.key, cell(row.results[OURS]), _named(less, row), _named(less, row, isolating=True), _floor(row)]
        for row in less.rows
    ]
    return markdown(heads, rows)


def reasons(figures: Figures) -> str:
    """Why a cell is empty, a line for each tool and reason."""
    lines = []
    for column in figures.columns:
        by_reason: dict[str, list[str]] = {}
        for row in figures.rows:
            if reason := row.results[column.name].reason:
                by_reason.setdefault(reason, []).append(row.key)
        lines += [f"- {column.name}, {', '.join(keys)}: {reason}." for reason, keys in by_reason.items()]
    return "\n".join(lines)


def machine(figures: Figures) -> str:
    """When and on what it was measured, and how often each workload was timed."""
    by_times: dict[int, list[str]] = {}
    for row in figures.rows:
        by_times.setdefault(len(row.results[OURS].seconds), []).append(row.key)
    often = "; ".join(f"timed {times} x: {', '.join(keys)}" for times, keys in by_times.items())
    return f"Measured on {figures.date}: {figures.machine}, load average {figures.load} at the beginning; {often}."


def modes(figures: Figures) -> str:
    """What each column is: version and mode."""
    rows = [[column.name, column.version, column.mode] for column in figures.columns]
    return markdown(["column", "version", "how it runs"], rows)


def cell(result: Result | None) -> str:
    """Seconds, or a dash."""
    return "–" if result is None or result.median is None else seconds(result.median)


def seconds(value: float) -> str:
    """Three digits below a second, two below ten, one above."""
    return f"{value:.3f}" if value < 1 else f"{value:.2f}" if value < 10 else f"{value:.1f}"


def ratio(ours: float | None, theirs: float | None) -> str:
    return "–" if ours is None or not theirs else f"{ours / theirs:.2f}"


def _ratios(figures: Figures, row: Row) -> list[str]:
    ours = row.seconds(OURS)
    best = figures.best(row, figures.peers())
    peer = f"{ratio(ours, row.seconds(best))} ({best})" if best else "–"
    return [peer, ratio(ours, row.seconds(FLOOR)), ratio(row.seconds(IN_NOX), row.seconds(BY_HAND))]


def _named(figures: Figures, row: Row, isolating: bool = False) -> str:
    best = figures.best(row, figures.peers(isolating))
    if best is None:
        return "–"
    return f"{cell(row.results[best])} {best}, ours is {ratio(row.seconds(OURS), row.seconds(best))} x"


def _floor(row: Row) -> str:
    return f"{cell(row.results[FLOOR])}, ours is {ratio(row.seconds(OURS), row.seconds(FLOOR))} x"


def markdown(heads: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """A Markdown table, its columns lined up for those who read it as text."""
    lines = [list(heads), *map(list, rows)]
    widths = [max(len(line[at]) for line in lines) for at in range(len(heads))]
    shown = [
        "| " + " | ".join(text.ljust(width) for text, width in zip(line, widths, strict=True)) + " |" for line in lines
    ]
    return "\n".join([shown[0], "| " + " | ".join("-" * width for width in widths) + " |", *shown[1:]])
