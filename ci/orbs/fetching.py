"""``orbs fetch``: the orbs that a config uses, from CircleCI's registry into a folder of orbs."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from ..compiler.orb_imports import OrbSource
from ..dataclass import dataclass, field
from ..errors import ConfigError, Problem, UsageError
from ..system.command_names import typed_command
from .folder_of_orbs import check_source, store
from .lock_file import FILE, Lock, Locked, read_lock
from .locking import write_lock
from .registry import Registry, Unreachable
from .sources import LocalOrbs
from .usage import Compile, used_orbs


@dataclass(frozen=True, slots=True)
class Fetched:
    """An orb that was fetched: what was asked for, what it is, and where it lies."""

    reference: str
    resolved: str
    path: Path


@dataclass(slots=True)
class FetchingOrbs:
    """The local orbs, and those that were missing fetched into ``folder`` when the compiler asks for them.

    What the project's lock has is fetched in that version, and must be that source. With ``update``, what is asked for
    by a partial version, ``volatile`` or ``dev:`` is fetched though it is there, whatever the lock has.
    """

    local: LocalOrbs
    registry: Registry
    folder: Path
    update: bool = False
    say: Callable[[str], None] = lambda text: None
    fetched: list[Fetched] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)
    unreachable: str = ""
    _new: dict[str, OrbSource] = field(default_factory=dict)

    def versions(self, reference: str) -> tuple[str, ...]:
        return self.local.versions(reference)

    def find(self, reference: str) -> OrbSource | None:
        if reference in self._new:
            return self._new[reference]
        newest = self.update and reference.partition("@")[2].count(".") < 2
        here, wrong = self._here(reference)
        if here and not here.warning and not newest:
            return here
        try:
            return self._fetch(reference, None if newest else self.local.locks.orbs.get(reference))
        except UsageError as error:
            self.problems += [*wrong, *error.problems]
            return here

    def _here(self, reference: str) -> tuple[OrbSource | None, tuple[Problem, ...]]:
        """Return the local orb, or what is wrong with its file, which a fetched one replaces."""
        try:
            return self.local.find(reference), ()
        except ConfigError as error:
            return None, error.problems

    def _fetch(self, reference: str, locked: Locked | None) -> OrbSource:
        wanted = locked.resolved if locked else reference
        if self.unreachable:
            raise self.registry.failed(wanted, self.unreachable)
        self.say(f"fetching {wanted}")
        try:
            resolved, source = self.registry.get(wanted)
        except Unreachable as error:
            self.unreachable = error.reason
            raise
        if locked and not locked.fits(source):
            update = typed_command("orbs fetch --update")
            hint = f"If you trust it, `{update}` locks what the registry has now; else restore the lock."
            raise UsageError(
                Problem(f"the registry's {resolved} is not the one that {FILE.as_posix()} has", None, hint)
            )
        check_source(source, f"what the registry has as {resolved}")
        path = store(self.folder, resolved, source)
        self.fetched.append(Fetched(reference, resolved, path))
        found = OrbSource(resolved, source, str(path))
        self._new |= {reference: found, resolved: found}
        return found


def fetch_orbs(compile: Compile, orbs: FetchingOrbs, project: Path) -> list[str]:
    """Fetch the orbs that compiling a config asks for, theirs too, and lock them; return a line for each new entry.

    Other problems of the config do not matter here. Raises UsageError with every orb that could not be had; the others
    are fetched and locked.
    """
    before = read_lock(project)
    found = used_orbs(compile, orbs)
    renewed = {each.reference for each in orbs.fetched} if orbs.update else set()
    kept = Lock({name: each for name, each in before.orbs.items() if name not in renewed})
    lines = write_lock(project, before, kept, found)
    if orbs.problems:
        raise UsageError(*dict.fromkeys(orbs.problems))
    return lines
