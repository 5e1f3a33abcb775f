"""The figures as a picture: a line for each workload, a mark for each tool, seconds on a logarithmic axis."""

from __future__ import annotations

import math
from collections.abc import Iterator
from html import escape

from .figures import FLOOR, OURS, Figures, Row
from .tables import seconds

WIDTH, LEFT, RIGHT = 960, 350, 50
TOP, STEP, BOTTOM = 96, 34, 44
RADIUS = 5.5
FAMILIES = {"act": "act", "gitlab-ci-local": "gitlab", "wrkflw": "wrkflw", "nox": "nox"}
"""The class of a peer's marks by the first word of its name."""
SECOND_MODES = {"nox-circleci in nox", "gitlab-ci-local shared", "wrkflw unsafe"}
"""Marked hollow."""
STYLE = """
text { font: 13px system-ui, sans-serif; fill: #1f2328 }
.paper { fill: #ffffff } .grid { stroke: #d1d9e0 } .small { font-size: 11px; fill: #59636e }
.ours { fill: #1f2328; stroke: #1f2328 } .value { font-weight: 600 } .floor { stroke: #59636e; stroke-width: 3 }
.act { fill: #0969da; stroke: #0969da } .gitlab { fill: #d1570b; stroke: #d1570b }
.wrkflw { fill: #1a7f37; stroke: #1a7f37 } .nox { fill: #8250df; stroke: #8250df }
.hollow { fill: none; stroke-width: 2 }
@media (prefers-color-scheme: dark) {
  text { fill: #f0f6fc } .paper { fill: #0d1117 } .grid { stroke: #3d444d } .small { fill: #9198a1 }
  .ours { fill: #f0f6fc; stroke: #f0f6fc } .floor { stroke: #9198a1 }
  .act { fill: #4493f8; stroke: #4493f8 } .gitlab { fill: #f0883e; stroke: #f0883e }
  .wrkflw { fill: #3fb950; stroke: #3fb950 } .nox { fill: #ab7df8; stroke: #ab7df8 }
  .hollow { fill: none }
}
"""


def plot(figures: Figures) -> str:
    """An SVG that follows the reader's light or dark scheme."""
    height = TOP + STEP * len(figures.rows) + BOTTOM
    axis = _Axis(figures)
    lines = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height}" role="img" aria-labelledby="t">',
        f'<title id="t">Seconds of each workload by tool, {figures.date}</title>',
        f"<style>{STYLE}</style>",
        f'<rect class="paper" width="{WIDTH}" height="{height}"/>',
        *_legend(figures),
        *axis.lines(height),
    ]
    for number, row in enumerate(figures.rows):
        lines += _row(figures, row, TOP + STEP * number + STEP / 2, axis)
    return "\n".join([*lines, "</svg>"]) + "\n"


class _Axis:
    """Seconds to the right, each power of ten as far from the last."""

    def __init__(self, figures: Figures) -> None:
        found = [result.median for row in figures.rows for result in row.results.values() if result.median]
        self._low = math.floor(math.log10(min(found)))
        self._high = max(math.log10(max(found)), self._low + 1)

    def at(self, value: float) -> float:
        share = (math.log10(value) - self._low) / (self._high - self._low)
        return LEFT + share * (WIDTH - LEFT - RIGHT)

    def lines(self, height: int) -> Iterator[str]:
        for power in range(self._low, math.floor(self._high) + 1):
            x, bottom = self.at(10.0**power), height - BOTTOM
            yield f'<line class="grid" x1="{x:.1f}" y1="{TOP}" x2="{x:.1f}" y2="{bottom}"/>'
            yield _text(x, bottom + 18, f"{10.0**power:g} s", "small", "middle")


def _legend(figures: Figures) -> Iterator[str]:
    """Three rows of marks with the tools' names."""
    for number, column in enumerate(figures.columns):
        x, y = 24 + 310 * (number % 3), 20 + 24 * (number // 3)
        yield _mark(column.name, x, y)
        yield _text(x + 14, y + 4, f"{column.name}: {column.mode}", "small")


def _row(figures: Figures, row: Row, y: float, axis: _Axis) -> Iterator[str]:
    yield f'<line class="grid" x1="{LEFT}" y1="{y}" x2="{WIDTH - RIGHT}" y2="{y}"/>'
    yield _text(LEFT - 12, y + 4, f"{row.key}: {row.title}", "", "end")
    names = sorted((column.name for column in figures.columns), key=lambda name: name == OURS)  # ours above the others
    for name in names:
        value = row.seconds(name)
        if value:
            yield _mark(name, axis.at(value), y)
    if mine := row.seconds(OURS):
        yield _text(axis.at(mine), y - 9, f"{seconds(mine)} s", "small value", "middle")


def _mark(name: str, x: float, y: float) -> str:
    if name == FLOOR:
        return f'<line class="floor" x1="{x:.1f}" y1="{y - 8}" x2="{x:.1f}" y2="{y + 8}"/>'
    family = "ours" if name.startswith(OURS) else FAMILIES[name.split()[0]]
    hollow = " hollow" if name in SECOND_MODES else ""
    radius = RADIUS + 2 * (name == OURS)
    return f'<circle class="{family}{hollow}" cx="{x:.1f}" cy="{y}" r="{radius}"/>'


def _text(x: float, y: float, text: str, style: str, anchor: str = "start") -> str:
    return f'<text class="{style}" x="{x:.1f}" y="{y}" text-anchor="{anchor}">{escape(text)}</text>'
