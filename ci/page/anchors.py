"""Names for the places of a page: of letters, digits and dashes, whatever a job is called, and each there once.

A job is ``build``, its third step ``build.3``, the step's twelfth line ``build.3-L12``.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

SECTIONS = ("top", "failures", "graph", "timeline", "jobs", "tests", "artifacts", "differences", "environment")
"""The places that every page has."""
LONGEST = 80


def job_anchors(names: Iterable[str]) -> list[str]:
    """Return an anchor for each job's name, in their order; two jobs of one name get two."""
    taken, found = set(SECTIONS), []
    for name in names:
        plain = re.sub(r"[^a-z0-9_]+", "-", name.lower()).strip("-")[:LONGEST] or "job"
        anchor, number = plain, 2
        while anchor in taken:
            anchor, number = f"{plain}-{number}", number + 1
        taken.add(anchor)
        found.append(anchor)
    return found


def step_anchor(job: str, step: int) -> str:
    """Return the anchor of a step, from its job's."""
    return f"{job}.{step}"


def line_anchor(step: str, line: int) -> str:
    """Return the anchor of a line, from its step's."""
    return f"{step}-L{line}"
