"""The final names of job instances, and the compiled jobs that they share.

Configuration reference, "name"; reusable config reference, "Invoking the same job multiple times": where one name would
stand for several different jobs, across all workflows, each gets a number, the first too.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from ..source.nodes import Mapping
from .draft import Draft


@dataclass(slots=True)
class _Variant:
    """One body under a name, and the workflows that use it."""

    body: Mapping | None
    workflows: set[int] = field(default_factory=set)
    drafts: list[Draft] = field(default_factory=list)


def assign(workflows: list[list[Draft]]) -> None:
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


def _name(drafts: Iterable[Draft], name: str) -> None:
    for draft in drafts:
        draft.final = name


def _variants(workflows: list[list[Draft]]) -> dict[str, list[_Variant]]:
    """For each name the different things that are called so, in the order of the source."""
    found: dict[str, list[_Variant]] = {}
    bodies: dict[int, object] = {}
    for index, drafts in enumerate(workflows):
        for draft in drafts:
            if draft.removed:
                draft.final = draft.name
                continue
            variants = found.setdefault(draft.name, [])
            _place(draft, index, variants, bodies)
    return found


def _place(draft: Draft, workflow: int, variants: list[_Variant], bodies: dict[int, object]) -> None:
    for variant in variants:
        if workflow not in variant.workflows and _alike(draft.body, variant.body, bodies):
            break
    else:
        variant = _Variant(draft.body)
        variants.append(variant)
    if variant.body is None:
        variant.body = draft.body
    variant.workflows.add(workflow)
    variant.drafts.append(draft)


def _alike(left: Mapping | None, right: Mapping | None, bodies: dict[int, object]) -> bool:
    if left is None or right is None or left is right:
        return True
    return _plain(left, bodies) == _plain(right, bodies)


def _plain(body: Mapping, bodies: dict[int, object]) -> object:
    if id(body) not in bodies:
        bodies[id(body)] = body.plain
    return bodies[id(body)]
