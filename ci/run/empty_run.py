"""A run that has ended before anything of it began: nobody is to find it, or to go on from it as the last one."""

from __future__ import annotations

import os
from pathlib import Path

from .folder import CONTENTS, link_last, remove_run, runs


def discard_if_empty(state: Path, run: Path) -> None:
    """Remove a run's folder in which no job has left anything; the run before it is the last one again."""
    if not holds_nothing(run):
        return
    remove_run(state, run)
    for newest in runs(state)[:1]:
        link_last(newest)


def holds_nothing(run: Path) -> bool:
    """Return whether no job of a run has left anything, and no second workflow of it has begun."""
    return not os.path.lexists(run / "workflows") and not any(os.listdir(run / name) for name in CONTENTS)
