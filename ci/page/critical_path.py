"""The critical path of a run: the chain of required jobs that takes longest, which no parallelism makes shorter."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from ..workflow.graph import ordered


def critical_path(parents: Mapping[str, Sequence[str]], seconds: Mapping[str, float]) -> tuple[list[str], float]:
    """Return the names of the chain in order, and its seconds; of equal chains the first one."""
    best: dict[str, float] = {}
    before: dict[str, str | None] = {}
    for name in ordered(parents):
        known = [each for each in parents[name] if each in best]
        before[name] = max(known, key=lambda each: best[each], default=None)
        best[name] = seconds.get(name, 0.0) + max((best[each] for each in known), default=0.0)
    last = max(best, key=lambda name: best[name], default=None)
    total, chain = best[last] if last is not None else 0.0, []
    while last is not None:
        chain.append(last)
        last = before[last]
    return chain[::-1], total
