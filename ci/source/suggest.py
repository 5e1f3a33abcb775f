"""Near names, for a hint beside an unknown one."""

from __future__ import annotations

from collections.abc import Iterable
from difflib import get_close_matches


def suggest(name: str, known: Iterable[str]) -> str:
    """``did you mean 'x'?`` for the known name nearest to ``name``, or an empty string where none is near."""
    candidates = [candidate for candidate in known if candidate != name]
    lowered = {candidate.lower(): candidate for candidate in candidates}
    if name.lower() in lowered:
        return f"did you mean '{lowered[name.lower()]}'?"
    near = get_close_matches(name, candidates[:2000], n=1, cutoff=0.6)
    return f"did you mean '{near[0]}'?" if near else ""


def listing(names: Iterable[str], limit: int = 12) -> str:
    """The names as a list for a hint, shortened where there are many."""
    known = sorted(names)
    shown = ", ".join(known[:limit])
    return f"{shown}, ... ({len(known)} in all)" if len(known) > limit else shown
