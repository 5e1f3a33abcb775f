"""A job instance while its workflow is being compiled: before its final name and its dependencies are known."""

from __future__ import annotations

from dataclasses import dataclass, field

from ..errors import Position
from ..source.nodes import Mapping, Node, Scalar
from .compiled import Invocation, Kind, Requirement, Status


@dataclass(frozen=True, slots=True)
class Wanted:
    """One entry of ``requires`` as written: a name, the statuses, and the node that goes into the compiled config."""

    name: str
    statuses: tuple[Status, ...]
    place: Scalar
    status_node: Node | None = None


@dataclass(slots=True, eq=False)
class Draft:
    """One job instance. ``final``, ``requires`` and ``removed`` are filled in as the workflow is put together."""

    name: str
    job: str
    kind: Kind
    session: str
    position: Position
    body: Mapping | None = None
    defined: Position | None = None
    """Where its job is defined; None for an approval."""
    executors: tuple[str, ...] = ()
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
    """The missing orbs that it hangs on: then it has no body."""
    filtered: str = ""
    removed: bool = False
    """By an expression in ``filters``: it is not in the compiled config."""
    final: str = ""
    requires: list[tuple[Draft, Wanted]] = field(default_factory=list)

    def invocation(self) -> Invocation:
        """The finished instance."""
        return Invocation(
            name=self.final,
            kind=self.kind,
            job=self.job,
            session=self.session,
            executors=self.executors,
            requires=tuple(Requirement(draft.final, wanted.statuses) for draft, wanted in self.requires),
            contexts=self.contexts,
            position=self.position,
            filtered=self.filtered,
            serial_group=self.serial_group,
            missing=self.missing,
        )
