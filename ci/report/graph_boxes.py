"""A workflow's graph as boxes and lines of a terminal's characters."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import pairwise

from rich.cells import cell_len

from ..dataclass import dataclass
from ..escapes import visible_name
from ..workflow.graph_layout import Cell, Layout, layout
from ..workflow.job_instances import Workflow
from ..workflow.job_rows import JobRow, job_rows
from .graph_text import graph_head

HEIGHT, DOWN = 3, 4
"""Of a box, and from one to the next."""
LEFT, RIGHT, UP, DOWNWARD = 1, 2, 4, 8
"""The sides of a character that a line leaves by."""
LINES = {
    LEFT: "─", RIGHT: "─", LEFT | RIGHT: "─", UP: "│", DOWNWARD: "│", UP | DOWNWARD: "│",
    LEFT | DOWNWARD: "┐", LEFT | UP: "┘", RIGHT | DOWNWARD: "┌", RIGHT | UP: "└",
    LEFT | UP | DOWNWARD: "┤", RIGHT | UP | DOWNWARD: "├", LEFT | RIGHT | DOWNWARD: "┬", LEFT | RIGHT | UP: "┴",
    LEFT | RIGHT | UP | DOWNWARD: "┼",
}  # fmt: skip


def graph_boxes(workflow: Workflow, width: int) -> str | None:
    """Return the drawing of a workflow; None if that many columns are too few for it."""
    if workflow.inactive_because is not None or not workflow.instances:
        return graph_head(workflow)
    rows = {row.name: row for row in job_rows(workflow.instances)}
    plan = layout({name: [need for need, _ in row.needs] for name, row in rows.items()})
    columns = _columns(plan, rows)
    if columns.width > width:
        return None
    canvas: dict[tuple[int, int], int] = {}
    for (parent, _), cells in plan.lines.items():
        _draw_line(canvas, columns, parent, cells)
    texts = {at: LINES[sides] for at, sides in canvas.items()}
    for name, cell in plan.places.items():
        _draw_box(texts, columns, cell, _label(rows[name]), bool(rows[name].needs))
    height = max(y for y, _ in texts) + 1
    drawn = [_row({x: text for (row, x), text in texts.items() if row == y}) for y in range(height)]
    return "\n".join([graph_head(workflow), *(line.rstrip() for line in drawn)])


@dataclass(frozen=True, slots=True)
class Columns:
    """Where the boxes of each layer begin and how wide they are; the lanes of the lines behind each, by parent."""

    lefts: Sequence[int]
    widths: Sequence[int]
    lanes: Sequence[Mapping[str, int]]
    width: int


def _columns(plan: Layout, rows: Mapping[str, JobRow]) -> Columns:
    widths = [0] * plan.layers
    for name, cell in plan.places.items():
        widths[cell.layer] = max(widths[cell.layer], cell_len(_label(rows[name])) + 4)
    lefts, lanes, left = list[int](), list[Mapping[str, int]](), 2
    for layer, wide in enumerate(widths):
        sources = sorted(_sources(plan, layer).items(), key=lambda item: item[1])
        lefts.append(left)
        lanes.append({name: left + wide + 1 + number for number, (name, _) in enumerate(sources)})
        left += wide + (len(sources) + 3 if sources else 0)
    return Columns(lefts, widths, lanes, left)


def _sources(plan: Layout, layer: int) -> dict[str, float]:
    """Return the parents whose lines leave a layer, with the row from which they do."""
    return {
        parent: one.row for (parent, _), cells in plan.lines.items() for one, _ in pairwise(cells) if one.layer == layer
    }


def _label(row: JobRow) -> str:
    kind = row.instances[0].kind
    sign = "⏸ " if kind == "approval" else ""
    out = " ○" if row.instances[0].filtered else ""
    return f"{sign}{visible_name(row.name)}{out}"


def _middle(cell: Cell) -> int:
    return round(cell.row * DOWN) + HEIGHT // 2


def _draw_line(canvas: dict[tuple[int, int], int], columns: Columns, parent: str, cells: Sequence[Cell]) -> None:
    for one, other in pairwise(cells):
        lane = columns.lanes[one.layer][parent]
        start, end = columns.lefts[one.layer] + columns.widths[one.layer], columns.lefts[other.layer] - 1
        if one is not cells[0]:  # a bend: the line goes on where the layer's boxes would be
            start = columns.lefts[one.layer]
        _along(canvas, _middle(one), start, lane)
        _down(canvas, lane, _middle(one), _middle(other))
        _along(canvas, _middle(other), lane, end)


def _along(canvas: dict[tuple[int, int], int], y: int, start: int, end: int) -> None:
    for x in range(start, end + 1):
        sides = (RIGHT if x < end else 0) | (LEFT if x > start else 0)
        canvas[y, x] = canvas.get((y, x), 0) | (sides or LEFT | RIGHT)


def _down(canvas: dict[tuple[int, int], int], x: int, start: int, end: int) -> None:
    top, bottom = sorted((start, end))
    for y in range(top, bottom + 1):
        sides = (DOWNWARD if y < bottom else 0) | (UP if y > top else 0)
        if sides:
            canvas[y, x] = canvas.get((y, x), 0) | sides


def _draw_box(texts: dict[tuple[int, int], str], columns: Columns, cell: Cell, label: str, has_parents: bool) -> None:
    left, wide, top = columns.lefts[cell.layer], columns.widths[cell.layer], round(cell.row * DOWN)
    inside = wide - 2
    for line, text in enumerate((f"╭{'─' * inside}╮", f"│ {label}", f"╰{'─' * inside}╯")):
        for x in range(left, left + wide):
            texts.pop((top + line, x), None)
        texts[top + line, left] = text
    texts[top + 1, left + wide - 1] = "│"
    if has_parents:
        texts[top + 1, left - 1] = "▶"


def _row(texts: Mapping[int, str]) -> str:
    """Return a line of texts that begin at those columns."""
    line = ""
    for x in sorted(texts):
        line += " " * (x - cell_len(line)) + texts[x]
    return line
