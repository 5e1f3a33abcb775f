"""``clean``: what a project's runs have left, and what can go."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from ..system.removal import remove_tree
from .folder import Removed, clean_leftovers, owners, prune, tree_size

CACHES = ("cache", "pythons", "timings")


def clean(state: Path, what: set[str]) -> Iterator[str]:
    """Remove runs, the cache or all; a run in progress stays. Yields a line for each thing removed, or left and why."""
    if what & {"runs", "all"}:
        for removed in prune(state, keep=0, limit=0):
            yield left_line(removed) or f"removed run {removed.path.name}"
        for removed in clean_leftovers():
            yield left_line(removed) or f"removed {removed.path}, left by a killed run"
    if what & {"cache", "all"}:
        for name in CACHES:
            if (state / name).exists():
                size = tree_size(state / name)
                removed = Removed(state / name, remove_tree(state / name, owners(state)))
                yield left_line(removed) or f"removed {name} ({size / 1e6:.1f} MB)"


def left_line(removed: Removed) -> str | None:
    """Return a line that says what clean-up had to leave, and why; None if it is gone."""
    return f"left {removed.path} behind: {removed.left}" if removed.left else None
