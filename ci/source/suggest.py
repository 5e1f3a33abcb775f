"""Near names, for a hint beside an unknown one."""

from __future__ import annotations

from collections.abc import Iterable
from heapq import nlargest, nsmallest
from itertools import islice, pairwise

CANDIDATES = 2000
"""Known names that are looked at for one hint."""
COMPARED = 20
"""Of those, the ones that share most with the unknown name, which are compared letter by letter."""
LONGEST = 100
"""Characters of a name that can be near another; comparing is quadratic in them."""


def suggest(name: str, known: Iterable[str]) -> str | None:
    """Return ``did you mean 'x'?`` for the known name nearest to ``name``; None if none is near."""
    if len(name) > LONGEST:
        return None
    candidates = [each for each in islice(known, CANDIDATES) if each != name and len(each) <= LONGEST]
    lowered = {candidate.lower(): candidate for candidate in candidates}
    if name.lower() in lowered:
        return f"did you mean '{lowered[name.lower()]}'?"
    from difflib import get_close_matches  # most names are known

    near = get_close_matches(name, _alike(name, candidates), n=1, cutoff=0.6)
    return f"did you mean '{near[0]}'?" if near else None


def _alike(name: str, candidates: list[str]) -> list[str]:
    """Return the candidates that share most letters and pairs of letters with ``name``."""
    if len(candidates) <= COMPARED:
        return candidates
    wanted = _pieces(name)

    def shared(candidate: str) -> float:
        pieces = _pieces(candidate)
        return len(wanted & pieces) / (len(wanted) + len(pieces) + 1)

    return nlargest(COMPARED, candidates, key=shared)


def _pieces(name: str) -> set[str]:
    return {*name, *map("".join, pairwise(name))}


def listing(names: Iterable[str], limit: int = 12) -> str:
    """Return the names as a list for a hint, shortened if there are many."""
    known = list(names)
    shown = ", ".join(nsmallest(limit, known))
    return f"{shown}, ... ({len(known)} in all)" if len(known) > limit else shown


def first_names(names: Iterable[str], count: int, limit: int = 12) -> str:
    """Return the first of ``count`` names as part of a message: ``a, b and 99,998 more``."""
    more = count - limit
    return ", ".join(islice(names, limit)) + (f" and {more:,} more" if more > 0 else "")


def choices(name: str, known: Iterable[str]) -> str:
    """Return ``Did you mean 'x'? There is: x, y, z.``"""
    names = list(known)
    near = suggest(name, names) or ""
    return f"{near[:1].upper()}{near[1:]} There is: {first_names(names, len(names), 50) or 'none'}.".strip()
