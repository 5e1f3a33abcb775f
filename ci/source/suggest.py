"""Near names for a name that is not known."""

from __future__ import annotations

import difflib
from collections.abc import Iterable


def nearest(name: str, known: Iterable[str]) -> str | None:
    """The known name most like ``name``, or None where none is like it."""
    found = difflib.get_close_matches(name, list(known), n=1, cutoff=0.6)
    return found[0] if found else None


def suggestion(name: str, known: Iterable[str]) -> str:
    """``Did you mean 'x'? `` with the blank behind it, or nothing."""
    near = nearest(name, known)
    return f"Did you mean {near!r}? " if near else ""
