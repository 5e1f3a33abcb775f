"""``clean``: what a project's runs have left, and what can go."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from pathlib import Path

from ..system.removal import remove_tree
from .folder import Removed, clean_leftovers, owners, prune, runs, tree_size

CACHES = ("cache", "pythons", "timings")


def clean(state: Path, what: set[str]) -> Iterator[str]:
    """Remove runs, the cache or all; a run in progress stays. Yields a line for each thing removed, or left and why."""
    elsewhere = sorted(set(_elsewhere(state, what)))
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
    for place in elsewhere:
        yield f"left what lies in {place}: a rule of the bucket removes that, or you (docs/kubernetes.md)"


def _elsewhere(state: Path, what: set[str]) -> Iterator[str]:
    """Yield the places of archives that do not lie on this machine, of the runs and caches that are to go."""
    from ..runtime.storage.cache_store import CacheStore
    from ..runtime.storage.stored_archive import SUFFIX, read_record

    if what & {"runs", "all"}:
        for run in runs(state):
            for place in run.glob(f"**/workspaces/*{SUFFIX}"):
                with contextlib.suppress(OSError, ValueError):
                    yield read_record(place).place
    if what & {"cache", "all"}:
        for entry in CacheStore(state / "cache").entries():
            yield from (archive.place for archive in entry.archives if archive.place)


def left_line(removed: Removed) -> str | None:
    """Return a line that says what clean-up had to leave, and why; None if it is gone."""
    return f"left {removed.path} behind: {removed.left}" if removed.left else None
