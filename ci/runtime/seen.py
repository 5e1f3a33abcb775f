"""What a job has seen on its way, beside what was there before its first step: the checkout, caches.

It is noted where somebody wants to know later whether the job would see the same again.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from ..dataclass import dataclass, replace

Facts = Mapping[str, str]


@dataclass(frozen=True, slots=True)
class CheckoutFacts:
    """What a ``checkout`` step gives a job."""

    repository: Facts
    """Where the repository stands, its references and settings; empty if there is none."""
    files: Facts
    """By path: what the revision does not say, such as a changed file, as a digest of its content."""
    unsure: str = ""
    """Why that is not all; empty if it is."""


@dataclass(frozen=True, slots=True)
class CacheUse:
    """A ``restore_cache`` or ``save_cache`` step that has run, with its keys as they were rendered."""

    keys: tuple[str, ...]
    found: str = ""
    """What a restore has found: a digest of it; empty if there was nothing."""
    saves: bool = False


@dataclass(frozen=True, slots=True)
class Seen:
    """What one node of a job has seen, or all of them."""

    checkout: CheckoutFacts | None = None
    caches: tuple[CacheUse, ...] = ()
    unsure: str = ""
    """Why it is not known what the job has seen; empty if it is."""

    def with_checkout(self, facts: CheckoutFacts) -> Seen:
        """Return what a job has seen that has checked out, perhaps once more."""
        if facts.unsure:
            return self.without(facts.unsure)
        if self.checkout not in (None, facts):
            return self.without("files changed between two checkouts")
        return replace(self, checkout=facts)

    def with_cache(self, use: CacheUse) -> Seen:
        return self if use in self.caches else replace(self, caches=(*self.caches, use))

    def without(self, reason: str) -> Seen:
        """Return what a job has seen of which not all is known; the first reason stays."""
        return replace(self, unsure=self.unsure or reason)


def seen_by_all(nodes: Sequence[Seen | None]) -> Seen | None:
    """Return what the nodes of one job have seen; None if that was not noted."""
    found = [each for each in nodes if each is not None]
    if len(found) != len(nodes) or not found:
        return None
    together = found[0]
    for each in found[1:]:
        together = together.with_checkout(each.checkout) if each.checkout else together
        for use in each.caches:
            together = together.with_cache(use)
        together = together.without(each.unsure) if each.unsure else together
    return together
