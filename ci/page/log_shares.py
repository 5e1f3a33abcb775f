"""How many lines of each step's output a page shows: all of a short one; of many long ones those that failed first."""

from __future__ import annotations

from collections.abc import Sequence

from ..dataclass import dataclass

ALL_LINES = 20_000
"""Of a page: a browser opens it at once."""
FAILED_STEP, STEP = 2000, 400
FEWEST = 20


@dataclass(frozen=True, slots=True)
class StepLength:
    """A step's output in lines, and whether the step failed."""

    lines: int
    failed: bool


def shares(steps: Sequence[StepLength], most: int = ALL_LINES) -> list[int]:
    """Return for each step how many of its lines to show; FEWEST at least, so many steps may go beyond ``most``."""
    given = [0] * len(steps)
    for failed, limit in ((True, FAILED_STEP), (False, STEP)):
        left = most - sum(given)
        chosen = [index for index, each in enumerate(steps) if each.failed == failed]
        chosen.sort(key=lambda index: steps[index].lines)
        for number, index in enumerate(chosen):  # what a short one leaves is there for the longer ones
            share = max(FEWEST, left // (len(chosen) - number))
            given[index] = min(steps[index].lines, limit, share)
            left -= given[index]
    return given
