"""A job instance while its workflow is being compiled: before its final name and its dependencies are known."""

from __future__ import annotations

from dataclasses import dataclass, field

from ..errors import Position
from ..source.nodes import Node, Scalar
from ..workflow.job_instances import JobInstance, Kind, Need, Status
from .compiled import CompiledJob


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
    entry: object = None
    """The workflow entry that it comes from: tells its instances from those of another."""
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
    filtered: str = ""
    removed: bool = False
    """By an expression in ``filters``: it is not in the compiled config."""
    final: str = ""
    requires: list[tuple[InstanceDraft, Wanted]] = field(default_factory=list)

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
            serial_group=self.serial_group,
            missing=self.missing,
        )
