"""Orbs: inline, from the registry, by URL; each becomes definitions of its own.

"Orb concepts" guide; reusable config reference, "Writing inline orbs"; "Create, test and use URL orbs" guide.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Protocol

from ..dataclass import dataclass, field
from ..errors import ConfigError
from ..source.load import load
from ..source.nodes import MapNode, Node, Scalar
from .compilation import Compilation
from .define import define, extraneous
from .definitions import BROKEN, Definitions
from .orb_repositories import add_words
from .scope import Scope, substitute

_REFERENCE = re.compile(r"[A-Za-z0-9][\w-]*/[A-Za-z0-9][\w-]*@(dev:[.\w-]+|\d+(\.\d+){0,2}|volatile)\Z")
_KEYS = ("version", "description", "display", "commands", "jobs", "executors", "orbs", "examples")
_DEPTH = 20


@dataclass(frozen=True, slots=True)
class OrbSource:
    """An orb's source text; ``reference_resolved`` has the exact version, ``file`` is for positions."""

    reference_resolved: str
    text: str
    file: str
    warning: str = ""
    """The message on the choice of this version."""
    locked: bool = True
    """Whether something has fixed the version."""


class OrbSources(Protocol):
    """Where orbs come from. The compiler asks; whoever answers does the reading."""

    def find(self, reference: str) -> OrbSource | None:
        """Return the source of ``namespace/orb@version`` or of a URL; None if it is not there."""

    def versions(self, reference: str) -> tuple[str, ...]:
        """Return the versions of the same orb that are there, oldest first."""


class NoOrbs:
    """Has no orb at all."""

    def find(self, reference: str) -> OrbSource | None:
        return None

    def versions(self, reference: str) -> tuple[str, ...]:
        return ()


@dataclass(slots=True)
class Importer:
    """Builds the definitions of orbs; every orb is read once, and remembered with the comment on its version."""

    compilation: Compilation
    sources: OrbSources
    comments: dict[str, None] = field(default_factory=dict)
    chosen: dict[str, None] = field(default_factory=dict)
    """A line for each version that nothing has fixed."""
    done: dict[str, Definitions] = field(default_factory=dict)
    underway: list[str] = field(default_factory=list)

    def fill(self, root: MapNode, definitions: Definitions) -> Definitions:
        """Return ``definitions`` with all that ``root`` defines, and with its orbs."""
        diagnostics = self.compilation.diagnostics
        define(root, definitions, diagnostics)
        node = root.get("orbs")
        if isinstance(node, MapNode):
            scope = Scope(self.compilation, definitions)
            for alias, (key, value) in node.entries.items():
                definitions.orbs[alias] = self._import(alias, key, value, scope)
        elif node is not None and not node.is_null:
            diagnostics.error(node, "orbs must be a map from names to orb references")
        return definitions

    def _import(self, alias: str, key: Scalar, value: Node, scope: Scope) -> Definitions:
        diagnostics = self.compilation.diagnostics
        if isinstance(value, MapNode):
            extraneous(value, _KEYS, f"orb '{alias}'", diagnostics)
            return self._inline(alias, key, value)
        reference = substitute(value, scope)
        if reference.text is not None:
            return self._by_reference(alias, reference.text, value)
        if reference is not BROKEN:
            diagnostics.error(
                key if value.is_null else value,
                f"orb '{alias}' must be a reference such as circleci/node@5.2, a URL, or an orb",
            )
        return Definitions(alias, missing=True)

    def _inline(self, alias: str, key: Scalar, body: MapNode) -> Definitions:
        self.underway.append(alias)
        try:
            if self._too_deep(key):
                return Definitions(alias, missing=True)
            with self.compilation.diagnostics.within(f"in orb '{alias}'", key.position):
                return self.fill(body, Definitions(alias))
        finally:
            self.underway.pop()

    def _by_reference(self, alias: str, reference: str, place: Node) -> Definitions:
        diagnostics = self.compilation.diagnostics
        if not reference.startswith("https://") and not _REFERENCE.match(reference):
            hint = (
                "write namespace/orb@version, the version as 1, 1.2, 1.2.3, volatile or dev:label, or an https:// URL"
            )
            diagnostics.error(place, f"Invalid orb reference: '{reference}'", hint)
            return Definitions(alias, missing=True)
        source = self.sources.find(reference)
        if source is None:
            hint = _where_to_get(reference, self.sources.versions(reference), diagnostics.command)
            diagnostics.lacks_orb(reference, place, f"Cannot find orb '{reference}'", hint)
            return Definitions(alias, missing=True, reference=reference)
        if not reference.startswith("https://"):
            self.comments[f"# Orb '{reference}' resolved to '{source.reference_resolved}'"] = None
        if source.warning:
            fetch, update = diagnostics.command("orbs fetch"), diagnostics.command("orbs fetch --update")
            diagnostics.warn(place, source.warning, f"`{fetch}` brings it; `{update}` locks another one")
        if not source.locked:
            self.chosen[f"orb {reference} is {source.reference_resolved} here: .circleci/orbs.lock has no entry"] = None
        return self._read(alias, reference, source, place)

    def _read(self, alias: str, reference: str, source: OrbSource, place: Node) -> Definitions:
        """Return the definitions in an orb's source; report an orb that imports itself."""
        name = source.reference_resolved
        if name in self.underway:
            chain = " -> ".join([*self.underway[self.underway.index(name) :], name])
            self.compilation.diagnostics.error(place, f"orb '{reference}' imports itself: {chain}")
            return Definitions(alias, missing=True)
        if name not in self.done:
            self.underway.append(name)
            self.done[name] = self._load(alias, source, place)
            self.underway.pop()
        return self.done[name]

    def _load(self, alias: str, source: OrbSource, place: Node) -> Definitions:
        if self._too_deep(place):
            return Definitions(alias, missing=True)
        with self.compilation.diagnostics.within(f"in orb '{source.reference_resolved}', imported", place.position):
            try:
                return self.fill(load(source.text, source.file), Definitions(alias))
            except ConfigError as error:
                self.compilation.diagnostics.include(error)
                return Definitions(alias, missing=True)

    def _too_deep(self, place: Node) -> bool:
        if len(self.underway) > _DEPTH:
            self.compilation.diagnostics.error(place, f"orbs import each other more than {_DEPTH} deep")
        return len(self.underway) > _DEPTH


def _where_to_get(reference: str, versions: tuple[str, ...], command: Callable[[str], str]) -> str:
    fetch = f"fetch it with `{command('orbs fetch')}`"
    if reference.startswith("https://"):
        return f"{fetch}, which puts it below .circleci/orbs"
    here = f"here are the versions {', '.join(versions[-12:])}; " if versions else ""
    return f"{here}{fetch}, or pack it from its repository, most likely: `{command(add_words(reference))}`"
