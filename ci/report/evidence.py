"""The lines of a step's output that show why it failed."""

from __future__ import annotations

import re

from ..escapes import visible_name
from .failure import Evidence

LINES = 20
LONGEST = 2000
"""Characters of a line that are kept."""
_SEQUENCE = re.compile(r"\x1b(?:\[[0-?]*[ -/]*[@-~]|\][^\x07\x1b]*(?:\x07|\x1b\\)?|[ -/]*[0-~])")
"""A terminal's control sequence: colours, moves, titles."""
_WORD = re.compile(r"[^\W\d_]")


def evidence_of(text: str, total: int, cut: bool = False) -> Evidence:
    """Return the last lines with words in them (or, without any, the last that are not blank), fit for a screen.

    ``text`` is the end of an output of ``total`` lines; ``cut`` if there is more before it.
    """
    lines = text.split("\n")
    if cut and len(lines) > 1:
        del lines[0]  # of which only the end was kept
    plain = [line for line in map(_plain, lines) if line]
    found = [line for line in plain if _WORD.search(line)] or plain
    return Evidence(tuple(found[-LINES:]), total, not cut and len(found) <= LINES)


def _plain(line: str) -> str:
    """Return a line as it would stand on a screen at its end, without colours: what a carriage return left of it."""
    parts = [part for part in _SEQUENCE.sub("", line).split("\r") if part.strip()]
    return visible_name(parts[-1].expandtabs().rstrip()[:LONGEST]) if parts else ""
