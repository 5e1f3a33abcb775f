"""The orbs that a config and its orbs use, found by compiling it."""

from __future__ import annotations

import contextlib
from collections.abc import Callable

from ..compiler.orb_imports import OrbSource, OrbSources
from ..dataclass import dataclass, field
from ..errors import ConfigError

Compile = Callable[[OrbSources], object]
"""Compiles the config with the orbs that it is given."""


@dataclass(slots=True)
class Recorded:
    """A source of orbs that remembers what was asked for: the source, or None for an orb that is missing."""

    orbs: OrbSources
    found: dict[str, OrbSource | None] = field(default_factory=dict)

    def versions(self, reference: str) -> tuple[str, ...]:
        return self.orbs.versions(reference)

    def find(self, reference: str) -> OrbSource | None:
        self.found[reference] = source = self.orbs.find(reference)
        return source


def used_orbs(compile: Compile, orbs: OrbSources) -> dict[str, OrbSource | None]:
    """Return what each reference of the config and of its orbs is; other errors of the config do not matter here."""
    recorded = Recorded(orbs)
    with contextlib.suppress(ConfigError):
        compile(recorded)
    return recorded.found
