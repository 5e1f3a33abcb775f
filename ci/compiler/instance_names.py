"""The final names of job instances, and the compiled jobs that they share.

Configuration reference, "name"; reusable config reference, "Invoking the same job multiple times": where one name would
stand for several different jobs, across all workflows, each gets a number, the first too.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field

from ..source.nodes import MapNode
from .instances import InstanceDraft
from .values import identity


@dataclass(slots=True)
class _Variant:
    """One thing under a name: the workflows that use it, and its instances."""

    workflows: set[int] = field(default_factory=set)
    drafts: list[InstanceDraft] = field(default_factory=list)


def assign(workflows: list[list[InstanceDraft]]) -> None:
    """Give every draft its final name.

    Equal bodies share a name, but within one workflow a name is used once. An instance without a body (an approval)
    meets only the instances of its own workflow.
    """
    taken = {draft.name for drafts in workflows for draft in drafts}
    for name, variants in _variants(workflows).items():
        if len(variants) == 1:
            _name(variants[0].drafts, name)
            continue
        number = 0
        for variant in variants:
            number += 1
            while f"{name}-{number}" in taken:
                number += 1
            _name(variant.drafts, f"{name}-{number}")
            taken.add(f"{name}-{number}")


def _name(drafts: Iterable[InstanceDraft], name: str) -> None:
    for draft in drafts:
        draft.final = name


def _variants(workflows: list[list[InstanceDraft]]) -> dict[str, list[_Variant]]:
    """For each name the different things that are called so, in the order of the source."""
    found: dict[str, list[_Variant]] = {}
    index: dict[object, list[_Variant]] = {}
    used: Counter[object] = Counter()
    bodies = _Bodies()
    for number, drafts in enumerate(workflows):
        for draft in drafts:
            if draft.removed:
                draft.final = draft.name
                continue
            key = draft.name, bodies.key(draft.compiled.node if draft.compiled else None)
            alike = index.setdefault(key, [])
            variant = alike[used[number, key]] if used[number, key] < len(alike) else None
            used[number, key] += 1
            if variant is None:
                variant = _Variant()
                alike.append(variant)
                found.setdefault(draft.name, []).append(variant)
            variant.workflows.add(number)
            variant.drafts.append(draft)
    return found


class _Bodies:
    """Keys under which equal bodies meet, each made once."""

    def __init__(self) -> None:
        self.keys: dict[int, object] = {}

    def key(self, body: MapNode | None) -> object:
        if body is None:
            return None
        if id(body) not in self.keys:
            self.keys[id(body)] = identity(body)
        return self.keys[id(body)]
