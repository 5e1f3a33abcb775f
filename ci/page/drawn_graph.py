"""The graph of a workflow as boxes and lines in pixels."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

from ..dataclass import dataclass
from ..workflow.graph_layout import Cell, Layout, layout
from .sections import Arrow, GraphDrawing, JobBox

HEIGHT = 44
"""Of a box."""
LETTER, SIGN = 7.5, 44
"""The width of a letter of its name, and of its sign with the room around it."""
NARROWEST, LABEL = 12, 36
"""Characters of a name: the boxes of a layer have room for its longest one, within these bounds."""
ACROSS, DOWN = 56, 16
"""Between boxes."""
MARGIN = 8


@dataclass(frozen=True, slots=True)
class GraphJob:
    """A job to draw; ``needs`` are the names of those that it requires with the words that say when, if not always."""

    name: str
    status: str
    note: str
    href: str
    needs: Sequence[tuple[str, str]] = ()


def drawn_graph(workflow: str, jobs: Sequence[GraphJob], critical: Sequence[str]) -> GraphDrawing:
    """Return the drawing of a workflow's jobs, with the critical path marked: the names of its jobs in their order."""
    by_name = {each.name: each for each in jobs}
    plan = layout({each.name: [name for name, _ in each.needs] for each in jobs})
    grid = _grid(plan)
    when = {(name, each.name): words for each in jobs for name, words in each.needs}
    chain = set(pairwise(critical))
    boxes = tuple(_box(by_name[name], grid, place, name in critical) for name, place in plan.places.items())
    arrows = tuple(
        Arrow(grid.path(places), _title(line, when[line]), line in chain, bool(when[line]))
        for line, places in plan.lines.items()
    )
    width = sum(grid.widths) + ACROSS * (plan.layers - 1) + 2 * MARGIN
    return GraphDrawing(workflow, width, plan.rows * (HEIGHT + DOWN) - DOWN + 2 * MARGIN, HEIGHT, boxes, arrows)


@dataclass(frozen=True, slots=True)
class Grid:
    """Where the places of a layout are in pixels, if the boxes of its layers have those widths."""

    widths: Sequence[float]

    def corner(self, place: Cell) -> tuple[float, float]:
        """Return the left upper corner of a box."""
        left = sum(self.widths[: place.layer]) + ACROSS * place.layer
        return MARGIN + left, round(MARGIN + place.row * (HEIGHT + DOWN), 1)

    def path(self, places: Sequence[Cell]) -> str:
        """Return a path of curves from a box's right side to a box's left one; between boxes it is straight."""
        x, y = self.corner(places[0])
        x, y = x + self.widths[places[0].layer], y + HEIGHT / 2
        parts = [f"M{x:g} {y:g}"]
        for place in places[1:]:
            left, top = self.corner(place)
            middle, height = x + ACROSS / 2, top + HEIGHT / 2
            parts.append(f"C{middle:g} {y:g} {middle:g} {height:g} {left:g} {height:g}")
            x, y = left, height
            if place is not places[-1]:
                x += self.widths[place.layer]
                parts.append(f"H{x:g}")
        return "".join(parts)


def _grid(plan: Layout) -> Grid:
    longest = [NARROWEST] * plan.layers
    for name, place in plan.places.items():
        longest[place.layer] = max(longest[place.layer], min(LABEL, len(name)))
    return Grid([round(SIGN + LETTER * each) for each in longest])


def _box(job: GraphJob, grid: Grid, place: Cell, critical: bool) -> JobBox:
    note = f", {job.note}" if job.note else ""
    title = f"{job.name}: {job.status.replace('_', ' ')}{note}"
    x, y = grid.corner(place)
    width, label = grid.widths[place.layer], shortened(job.name, LABEL)
    return JobBox(x, y, width, label, title, job.note, job.status, job.href, critical)


def _title(line: tuple[str, str], words: str) -> str:
    return f"{line[1]} requires {line[0]}{f' ({words})' if words else ''}"


def shortened(name: str, width: int) -> str:
    """Return a name in that width: the middle is left out, for names of a matrix differ at their ends."""
    if len(name) <= width:
        return name
    behind = (width - 1) // 2
    return f"{name[: width - 1 - behind]}…{name[-behind:]}"
