"""The commands, executors, jobs and orbs that a config or an orb defines, and the look-up of their names."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from ..errors import Position
from ..source.nodes import ListNode, MapNode, Node, Scalar, Value
from .diagnostics import Diagnostics, Place
from .parameters import Declaration, declarations

LOWER_NAME = re.compile(r"[a-z][a-z\d_-]*\Z")
ANY = "*"
"""Stands for every name where a whole section is left out."""
JOB_NAME = re.compile(r"[A-Za-z][A-Za-z\s\d_-]*\Z")


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
class Job:
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
    jobs: dict[str, Job] = field(default_factory=dict)
    orbs: dict[str, Definitions] = field(default_factory=dict)
    invalid: set[tuple[str, str]] = field(default_factory=set)
    """Kind and name of definitions that were reported and are left out."""
    unusable: dict[tuple[str, str], Node] = field(default_factory=dict)
    """Kind and name of definitions that are not maps, such as an empty one: CircleCI minds them where they are used."""
    missing: bool = False
    reference: str = ""
    """Of an orb that is not here, which is reported once something uses it."""
    folded: dict[str, str] = field(default_factory=dict)
    """The jobs' names by their lower-case form."""

    def command(self, name: str, place: Place, diagnostics: Diagnostics, known: tuple[str, ...] = ()) -> Command | None:
        """The command ``name`` or ``orb/name``; None where there is none, which is reported with near names."""
        found = self._at("command", name, place, diagnostics)
        if found is None:
            return None
        definitions, local = found
        if local not in definitions.commands:
            own = known if definitions is self else ()  # an orb has no built-in steps
            definitions._unknown("command", name, local, (*definitions.commands, *own), place, diagnostics)
        return definitions.commands.get(local)

    def executor(self, name: str, place: Place, diagnostics: Diagnostics) -> Executor | None:
        """The executor ``name`` or ``orb/name``; None where there is none, which is reported."""
        found = self._at("executor", name, place, diagnostics)
        if found is None:
            return None
        definitions, local = found
        if local not in definitions.executors:
            definitions._unknown("executor", name, local, definitions.executors, place, diagnostics)
        return definitions.executors.get(local)

    def job(self, name: str, place: Place, diagnostics: Diagnostics) -> Job | None:
        """The job ``name`` or ``orb/name``; None where there is none, which is reported."""
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


def define(root: MapNode, definitions: Definitions, diagnostics: Diagnostics) -> None:
    """Fill ``definitions`` with the commands, executors and jobs of a config or an orb, reporting wrong shapes."""
    for key, body, node in _section(root, "commands", LOWER_NAME, definitions, diagnostics):
        steps = body.get("steps")
        extraneous(body, ("steps", "parameters", "description"), f"command '{key}'", diagnostics)
        if steps is None or not (isinstance(steps, ListNode) or steps.tagged):
            what = "required key [steps] not found" if steps is None else "steps must be a list"
            diagnostics.error(steps or node, f"{what} in command '{key}'", "a command is a map with a list of steps")
            definitions.invalid.add(("command", key))
            continue
        definitions.commands[key] = Command(
            key, declarations(body, "command", diagnostics), steps, definitions, node.position
        )
    for key, body, node in _section(root, "executors", LOWER_NAME, definitions, diagnostics):
        declared = declarations(body, "executor", diagnostics)
        definitions.executors[key] = Executor(key, declared, body, definitions, node.position)
    for key, body, node in _section(root, "jobs", JOB_NAME, definitions, diagnostics):
        _warn_of_case(key, node, definitions, diagnostics)
        definitions.jobs[key] = Job(key, declarations(body, "job", diagnostics), body, definitions, node.position)


def _warn_of_case(name: str, key: Scalar, definitions: Definitions, diagnostics: Diagnostics) -> None:
    """Configuration reference, "jobs": names are unique, upper and lower case taken as equal."""
    folded = name.lower()
    if folded in definitions.folded:
        message = f"job '{name}' differs from job '{definitions.folded[folded]}' in upper and lower case only"
        diagnostics.warn(key, message, "rename one of the two")
    definitions.folded.setdefault(folded, name)


def extraneous(body: MapNode, permitted: tuple[str, ...], what: str, diagnostics: Diagnostics) -> None:
    """Report keys of a map that mean nothing there; the hint names only a key that the map does not have."""
    for text, (key, _) in body.entries.items():
        if text not in permitted:
            hint = near_key(text, permitted, body, diagnostics) or f"Permitted keys: {', '.join(permitted)}"
            diagnostics.unknown(key, f"extraneous key [{text}] is not permitted in {what}", hint)


def meaningless(body: MapNode, known: tuple[str, ...], what: str, diagnostics: Diagnostics) -> None:
    """Warn of keys of a map that CircleCI takes and does not look at."""
    for text, (key, _) in body.entries.items():
        if text not in known:
            hint = near_key(text, known, body, diagnostics) or f"known keys: {', '.join(known)}"
            diagnostics.warn(key, f"the key '{text}' means nothing in {what}", hint)


def near_key(text: str, known: Iterable[str], body: MapNode, diagnostics: Diagnostics) -> str:
    """``did you mean 'x'?`` for a known key that the map does not have yet; empty if none is near."""
    if not diagnostics.hints:
        return ""
    free = [each for each in known if each not in body.entries]
    longer = [each for each in free if len(text) > 2 and each.startswith(text)]
    near = diagnostics.suggest(text, longer if len(longer) == 1 else free)
    return near or (f"did you mean '{longer[0]}'?" if longer else "")


def _section(
    root: MapNode, section: str, pattern: re.Pattern[str], definitions: Definitions, diagnostics: Diagnostics
) -> list[tuple[str, MapNode, Scalar]]:
    """Name, definition and key of everything under ``section`` that is a map."""
    node = root.get(section)
    if node is None or (isinstance(node, Scalar) and node.value is None):
        return []
    if not isinstance(node, MapNode):
        diagnostics.error(node, f"{section} must be a map from names to definitions")
        definitions.invalid.add((section[:-1], ANY))
        return []
    found = []
    for text, (key, body) in node.entries.items():
        if not pattern.match(text):
            shown = pattern.pattern.replace(r"\Z", "$")
            diagnostics.error(key, f"string [{text}] does not match pattern ^{shown}", f"rename it under {section}:")
        if isinstance(body, MapNode):
            found.append((text, body, key))
        else:
            definitions.unusable[section[:-1], text] = body if isinstance(body, ListNode) else key
    return found
