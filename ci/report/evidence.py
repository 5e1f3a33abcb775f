"""The lines of a step's output that show why it failed."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from .control_sequences import plain_line
from .failure import Evidence

LINES = 20
LONGEST = 2000
"""Characters of a line that are kept."""
FRAMES = 2
"""Of the lines of a stack trace of JavaScript that follow each other, so many are kept: above them is the error."""
_WORD = re.compile(r"[^\W\d_]")
_FRAME = re.compile(r"\s*at \S.*(?::\d+:\d+\)?|\(<anonymous>\))")


def evidence_of(text: str, total: int, cut: bool = False) -> Evidence:
    """Return the last lines with words in them (or, without any, the last that are not blank), fit for a screen.

    ``text`` is the end of an output of ``total`` lines; ``cut`` if there is more before it.
    """
    lines = text.split("\n")
    if cut and len(lines) > 1:
        del lines[0]  # of which only the end was kept
    plain = [line for line in (plain_line(line)[:LONGEST] for line in lines) if line]
    worded = [line for line in plain if _WORD.search(line)] or plain
    found = list(_without_deep_frames(worded))
    return Evidence(tuple(found[-LINES:]), total, not cut and len(found) == len(worded) <= LINES)


def _without_deep_frames(lines: Iterable[str]) -> Iterator[str]:
    frames = 0
    for line in lines:
        frames = frames + 1 if _FRAME.fullmatch(line) else 0
        if frames <= FRAMES:
            yield line
