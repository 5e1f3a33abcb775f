"""The graph of a workflow as boxes and lines in pixels."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence

from ..dataclass import dataclass
from .graph_layout import Cell, layout
from .sections import Arrow, GraphDrawing, JobBox

WIDTH, HEIGHT = 176, 44
"""Of a box."""
ACROSS, DOWN = 56, 16
"""Between boxes."""
MARGIN = 8
LABEL = 21
"""Characters of a name that a box has room for."""


@dataclass(frozen=True, slots=True)
class GraphJob:
    """A job to draw; ``needs`` are the names of those that it requires with the words that say when, if not always."""

    name: str
    status: str
    note: str
    href: str
    needs: Sequence[tuple[str, str]] = ()


def drawn_graph(workflow: str, jobs: Sequence[GraphJob], critical: Collection[str]) -> GraphDrawing:
    """Return the drawing of a workflow's jobs, with those of the critical path marked."""
    by_name = {each.name: each for each in jobs}
    plan = layout({each.name: [name for name, _ in each.needs] for each in jobs})
    when = {(name, each.name): words for each in jobs for name, words in each.needs}
    boxes = tuple(_box(by_name[name], place, name in critical) for name, place in plan.places.items())
    arrows = tuple(_arrow(line, places, when[line], critical) for line, places in plan.lines.items())
    width = plan.layers * (WIDTH + ACROSS) - ACROSS + 2 * MARGIN
    height = plan.rows * (HEIGHT + DOWN) - DOWN + 2 * MARGIN
    return GraphDrawing(workflow, width, height, WIDTH, HEIGHT, boxes, arrows)


def _box(job: GraphJob, place: Cell, critical: bool) -> JobBox:
    x, y = _corner(place)
    title = f"{job.name}: {job.status.replace('_', ' ')}{job.note and f', {job.note}'}"
    return JobBox(x, y, shortened(job.name, LABEL), title, job.note, job.status, job.href, critical)


def shortened(name: str, width: int) -> str:
    """Return a name in that width: the middle is left out, for names of a matrix differ at their ends."""
    if len(name) <= width:
        return name
    behind = (width - 1) // 2
    return f"{name[: width - 1 - behind]}…{name[-behind:]}"


def _corner(place: Cell) -> tuple[float, float]:
    return MARGIN + place.layer * (WIDTH + ACROSS), round(MARGIN + place.row * (HEIGHT + DOWN), 1)


def _arrow(line: tuple[str, str], places: Sequence[Cell], words: str, critical: Collection[str]) -> Arrow:
    title = f"{line[1]} requires {line[0]}{words and f' ({words})'}"
    return Arrow(_path(places), title, line[0] in critical and line[1] in critical, bool(words))


def _path(places: Sequence[Cell]) -> str:
    """Return a path of curves from a box's right side to a box's left one; between boxes it is straight."""
    x, y = _corner(places[0])
    x, y = x + WIDTH, y + HEIGHT / 2
    parts = [f"M{x:g} {y:g}"]
    for place in places[1:]:
        left, top = _corner(place)
        middle, height = x + ACROSS / 2, top + HEIGHT / 2
        parts.append(f"C{middle:g} {y:g} {middle:g} {height:g} {left:g} {height:g}")
        x, y = left, height
        if place is not places[-1]:
            x += WIDTH
            parts.append(f"H{x:g}")
    return "".join(parts)


def needs_words(statuses: Mapping[str, object] | Sequence[str]) -> str:
    """Return when a job runs behind one that it requires; "" for the usual, its success."""
    return "" if tuple(statuses) == ("success",) else " or ".join(statuses)
