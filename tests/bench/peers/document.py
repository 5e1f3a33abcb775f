"""docs/performance.md: its tables and its plot, made anew from docs/performance.json."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

from ..measure import ROOT
from . import behind, tables
from .figures import Figures, stored
from .plot import plot

DOCS = ROOT / "docs"
STORED = DOCS / "performance.json"
PAGE = DOCS / "performance.md"
PICTURE = DOCS / "performance.svg"
BLOCKS: dict[str, Callable[[Figures], str]] = {
    "machine": tables.machine,
    "whole": tables.whole,
    "less-start": tables.less_start,
    "reasons": tables.reasons,
    "modes": tables.modes,
    "behind": behind.table,
}
BLOCK = re.compile(r"(<!-- from performance\.json: ([a-z-]+) -->\n).*?(<!-- end -->)", re.DOTALL)


def page(text: str, figures: Figures) -> str:
    """The text with each block between two comments made from the figures."""
    return BLOCK.sub(lambda found: f"{found[1]}{BLOCKS[found[2]](figures)}\n{found[3]}", text)


def write(measured: Path) -> None:
    """Keep these figures, and write the page and its picture from them."""
    STORED.write_text(measured.read_text(encoding="utf-8"), encoding="utf-8")
    figures = stored(STORED)
    PAGE.write_text(page(PAGE.read_text(encoding="utf-8"), figures), encoding="utf-8")
    PICTURE.write_text(plot(figures), encoding="utf-8")
