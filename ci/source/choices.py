"""The hint for a name that is not there: the nearest one, and all there are."""

from __future__ import annotations

from collections.abc import Iterable

from .suggest import first_names, suggest


def choices(name: str, known: Iterable[str]) -> str:
    """``Did you mean 'x'? There is: x, y, z.``"""
    names = list(known)
    near = suggest(name, names)
    return f"{near[:1].upper()}{near[1:]} There is: {first_names(names, len(names), 50) or 'none'}.".strip()
