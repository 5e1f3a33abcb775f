"""What a config or an orb defines: commands, executors, jobs, their parameters; and the look-up of their names.

Beside YAML, an argument may be steps that are expanded already or an executor that was chosen elsewhere: both belong to
the place where they were written.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from ..dataclass import dataclass, field
from ..errors import Position
from ..source.nodes import ListNode, MapNode, Node, Scalar, Value
from .diagnostics import Diagnostics, Place

ANY = "*"
"""Stands for every name if a whole section is left out."""


@dataclass(frozen=True, slots=True, eq=False)
class Steps:
    """A ``steps`` argument, expanded in the scope in which it was written."""

    items: list[Node]
    position: Position

    @property
    def is_null(self) -> bool:
        return False


@dataclass(frozen=True, slots=True, eq=False)
class ExecutorChoice:
    """An ``executor`` argument: a name, to be looked up where it was written, and that executor's arguments."""

    name: str
    arguments: dict[str, tuple[Scalar, Argument]]
    definitions: Definitions
    position: Position

    @property
    def is_null(self) -> bool:
        return False


Argument = Node | Steps | ExecutorChoice

BROKEN = Scalar(None, "", 0, 0)
"""Stands for a value that could not be made, and was reported: no further problem is reported for it."""


def identity(argument: Argument) -> object:
    """Return a key under which equal arguments meet: by value for YAML, by object for what was expanded elsewhere."""
    if isinstance(argument, Scalar):
        return argument.value.__class__, argument.value
    if isinstance(argument, ListNode):
        return tuple(identity(item) for item in argument.items)
    if isinstance(argument, MapNode):
        return (MapNode, *((key, identity(value)) for key, (_, value) in argument.entries.items()))
    if isinstance(argument, ExecutorChoice):
        return (
            argument.name,
            id(argument.definitions),
            tuple((k, identity(v)) for k, (_, v) in argument.arguments.items()),
        )
    return id(argument)


@dataclass(frozen=True, slots=True, eq=False)
class Declaration:
    """One declared parameter; without ``default`` its argument is required."""

    name: str
    type: str
    default: Node | None
    members: tuple[Value, ...]
    position: Position
    accepted: frozenset[Value] = frozenset()
    """Of an enum: its members, and how each of them is written."""


@dataclass(frozen=True, slots=True, eq=False)
class Command:
    """A reusable list of steps."""

    name: str
    declarations: Mapping[str, Declaration]
    steps: Node
    definitions: Definitions
    position: Position


@dataclass(frozen=True, slots=True, eq=False)
class Executor:
    """A reusable environment to run a job in; ``body`` is its whole definition."""

    name: str
    declarations: Mapping[str, Declaration]
    body: MapNode
    definitions: Definitions
    position: Position


@dataclass(frozen=True, slots=True, eq=False)
class JobDefinition:
    """A job's definition; ``body`` is all of it."""

    name: str
    declarations: Mapping[str, Declaration]
    body: MapNode
    definitions: Definitions
    position: Position


@dataclass(slots=True, eq=False)
class Definitions:
    """What one file, or one inline orb, defines. ``missing`` is an orb that could not be had."""

    name: str = ""
    pipeline_parameters: Mapping[str, Value] | None = None
    """None in orbs, where they cannot be seen."""
    commands: dict[str, Command] = field(default_factory=dict)
    executors: dict[str, Executor] = field(default_factory=dict)
    jobs: dict[str, JobDefinition] = field(default_factory=dict)
    orbs: dict[str, Definitions] = field(default_factory=dict)
    invalid: set[tuple[str, str]] = field(default_factory=set)
    """Kind and name of definitions that were reported and are left out."""
    unusable: dict[tuple[str, str], Node] = field(default_factory=dict)
    """Kind and name of definitions that are not maps, such as an empty one: an error in CircleCI only when used."""
    missing: bool = False
    reference: str = ""
    """Of an orb that is not here, which is reported once something uses it."""
    folded: dict[str, str] = field(default_factory=dict)
    """The jobs' names by their lower-case form."""

    def command(self, name: str, place: Place, diagnostics: Diagnostics, known: tuple[str, ...] = ()) -> Command | None:
        """Return the command ``name`` or ``orb/name``; report an unknown one with near names and return None."""
        found = self._at("command", name, place, diagnostics)
        if found is None:
            return None
        definitions, local = found
        if local not in definitions.commands:
            own = known if definitions is self else ()  # an orb has no built-in steps
            definitions._unknown("command", name, local, (*definitions.commands, *own), place, diagnostics)
        return definitions.commands.get(local)

    def executor(self, name: str, place: Place, diagnostics: Diagnostics) -> Executor | None:
        """Return the executor ``name`` or ``orb/name``; report an unknown one and return None."""
        found = self._at("executor", name, place, diagnostics)
        if found is None:
            return None
        definitions, local = found
        if local not in definitions.executors:
            definitions._unknown("executor", name, local, definitions.executors, place, diagnostics)
        return definitions.executors.get(local)

    def job(self, name: str, place: Place, diagnostics: Diagnostics) -> JobDefinition | None:
        """Return the job ``name`` or ``orb/name``; report an unknown one and return None."""
        found = self._at("job", name, place, diagnostics)
        if found is None:
            return None
        definitions, local = found
        if local not in definitions.jobs:
            definitions._unknown("job", name, local, definitions.jobs, place, diagnostics)
        return definitions.jobs.get(local)

    def _at(self, kind: str, name: str, place: Place, diagnostics: Diagnostics) -> tuple[Definitions, str] | None:
        """Return the definitions that a qualified name points into, and the rest of the name."""
        alias, slash, local = name.partition("/")
        if not slash:
            return self, name
        orb = self.orbs.get(alias)
        if orb is None:
            if ("orb", alias) not in self.invalid:
                message = f"Cannot find orb '{alias}' looking for {kind} named '{name}'"
                near = diagnostics.suggest(alias, self.orbs)
                diagnostics.error(place, message, near or f"declare the orb '{alias}' under orbs:")
            return None
        if orb.reference:
            diagnostics.missing.meet(orb.reference)
        return None if orb.missing else (orb, local)

    def _unknown(
        self, kind: str, name: str, local: str, known: Iterable[str], place: Place, diagnostics: Diagnostics
    ) -> None:
        if not self.invalid.isdisjoint(((kind, local), (kind, ANY))):
            return
        if (kind, local) in self.unusable:
            hint = "indent its keys below its name"
            diagnostics.error(self.unusable[kind, local], f"{kind} '{local}' is used, and must be a map", hint)
            return
        prefix = name.removesuffix(local)
        names = [prefix + each for each in known] if diagnostics.hints else []
        if prefix and not (self.commands or self.executors or self.jobs or self.orbs):
            hint = "an orb's repository leaves it empty for circleci/orb-tools to fill in: put the packed orb there"
            diagnostics.error(place, f"Cannot find a definition for {kind} named {name}: the orb is empty", hint)
            return
        near = diagnostics.suggest(name, names)
        hint = near or (f"there are: {diagnostics.listing(names)}" if names else f"no {kind} is defined")
        diagnostics.error(place, f"Cannot find a definition for {kind} named {name}", hint)
