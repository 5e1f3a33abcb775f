"""``clean``: what a project's runs have left, and what can go."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from .folder import clean_leftovers, prune, remove_tree, tree_size


def clean(state: Path, what: set[str]) -> Iterator[str]:
    """Remove runs, the cache or all; a run in progress stays. Yields a line for each thing removed."""
    if what & {"runs", "all"}:
        for folder in prune(state, keep=0, limit=0):
            yield f"removed run {folder.name}"
        for folder in clean_leftovers():
            yield f"removed {folder}, left by a killed run"
    if what & {"cache", "all"}:
        for name in ("cache", "pythons", "timings"):
            if (state / name).exists():
                size = tree_size(state / name)
                remove_tree(state / name)
                yield f"removed {name} ({size / 1e6:.1f} MB)"
