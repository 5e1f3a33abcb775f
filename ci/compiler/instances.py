"""A job instance while its workflow is being compiled, and how it gets its final name.

Configuration reference, "name"; reusable config reference, "Invoking the same job multiple times": if one name would
stand for several different jobs, across all workflows, each gets a number, the first too.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable

from ..dataclass import dataclass, field
from ..errors import Position
from ..source.nodes import MapNode, Node, Scalar
from ..workflow.job_instances import JobInstance, Kind, Need, Pairs, Status
from .compiled import CompiledJob
from .definitions import identity
from .filters import FilterDecision


@dataclass(frozen=True, slots=True)
class Wanted:
    """One entry of ``requires`` as written: a name, the statuses, and the node that goes into the compiled config."""

    name: str
    statuses: tuple[Status, ...]
    place: Scalar
    status_node: Node | None = None


@dataclass(slots=True, eq=False)
class InstanceDraft:
    """One job instance. ``final``, ``requires`` and ``removed`` are filled in as the workflow is put together."""

    name: str
    job: str
    kind: Kind
    session: str
    position: Position
    compiled: CompiledJob | None = None
    """None for an approval, and if an orb that it depends on is missing."""
    alias: str = ""
    """The name under which its whole matrix, or its job group, can be required."""
    own_alias: bool = False
    """Whether the alias was written, not taken from the job's name."""
    workflow_job: object = None
    """The workflow job that it comes from: its instances differ from another's by it."""
    group: str = ""
    """The invocation of a job group that it is part of."""
    local: str = ""
    """Its name inside that group."""
    wanted: list[Wanted] = field(default_factory=list)
    attributes: dict[str, Node] = field(default_factory=dict)
    """What the compiled workflow's entry keeps, beside ``requires``."""
    contexts: tuple[str, ...] = ()
    serial_group: str = ""
    missing: tuple[str, ...] = ()
    """The missing orbs that it depends on."""
    matrix: Pairs = ()
    """The values of its matrix, by parameter."""
    filtered: str | None = None
    allowed: str | None = None
    filter_at: Position | None = None
    filter_values: Pairs = ()
    removed: bool = False
    """By an expression in ``filters``: it is not in the compiled config."""
    final: str = ""
    requires: list[tuple[InstanceDraft, Wanted]] = field(default_factory=list)

    def apply(self, filters: FilterDecision) -> None:
        """Take over what the filters come to."""
        self.filtered, self.allowed = filters.refuses, filters.allows
        self.filter_at, self.filter_values, self.removed = filters.place, filters.values, filters.removes

    def instance(self) -> JobInstance:
        """Return the finished instance."""
        return JobInstance(
            name=self.final,
            kind=self.kind,
            source_job=self.job,
            session=self.session,
            executors=self.compiled.executors if self.compiled else (),
            needs=tuple(Need(draft.final, wanted.statuses) for draft, wanted in self.requires),
            contexts=self.contexts,
            position=self.position,
            filtered=self.filtered,
            allowed=self.allowed,
            filter_at=self.filter_at,
            filter_values=self.filter_values,
            serial_group=self.serial_group,
            missing=self.missing,
            matrix=self.matrix,
        )


@dataclass(slots=True)
class _Variant:
    """One thing under a name: the workflows that use it, and its instances."""

    workflows: set[int] = field(default_factory=set)
    drafts: list[InstanceDraft] = field(default_factory=list)


def assign_names(workflows: list[list[InstanceDraft]]) -> None:
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
    """Return for each name the different things that are called so, in the order of the source."""
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
