"""Orbs on this machine: ``.circleci/orbs/`` of the project, then ``~/.circleci/orbs/``.

The folder's layout is ``<namespace>/<orb>@<version>.yml``, and for URL orbs the URL's own parts:
``https/example.com/orbs/one.yml``. What "Orb concepts" says of versions is decided among the files that are there:
``@1.2`` and ``@1`` are the highest of theirs, ``@volatile`` the highest of all.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from pathlib import Path

from ..compiler.orb_imports import OrbSource
from ..dataclass import dataclass, replace
from ..errors import ConfigError, Position, Problem
from .lock_file import FILE as LOCK_FILE
from .lock_file import Lock, Locked, read_lock
from .reference_files import FOLDER, REFERENCE, path_of

_EXACT = re.compile(r"\d+\.\d+\.\d+\Z", re.ASCII)


@dataclass(frozen=True, slots=True)
class LocalOrbs:
    """The orbs that a project can use without a network; ``home`` is the user's own folder."""

    project: Path
    home: Path | None = None
    lock: Lock | None = None
    """Instead of the project's own."""

    @property
    def folders(self) -> tuple[Path, ...]:
        """Where orbs are looked for, in this order."""
        return (self.project / FOLDER, (self.home or Path.home()) / FOLDER)

    def find(self, reference: str) -> OrbSource | None:
        """Return the source of ``namespace/orb@version`` or of an ``https://`` URL; None if no file has it.

        The version is the one that the project's lock has. Raises ConfigError if the file is no UTF-8 text or cannot
        be read, or its source is not the locked one.
        """
        locked = self.locks.orbs.get(reference)
        found = self._locked(locked) if locked else None
        if found:
            return found
        chosen = self._best(reference)
        if chosen and locked:
            what = f"orb '{reference}' is {chosen.reference_resolved} here"
            warning = f"{what}: {locked.resolved}, which {LOCK_FILE.as_posix()} has, is missing"
            return replace(chosen, warning=warning, locked=True)
        return chosen

    @property
    def locks(self) -> Lock:
        """The lock that is used."""
        return read_lock(self.project) if self.lock is None else self.lock

    def _locked(self, locked: Locked) -> OrbSource | None:
        """Return the source that a lock names, None if no folder has it. Raises ConfigError if it is another one."""
        place = path_of(locked.resolved)
        paths = [folder / place for folder in self.folders if place and os.path.isfile(folder / place)]
        for path in paths:
            source = self.read(path)
            if locked.fits(source):
                return OrbSource(locked.resolved, source, self.shown(path))
        if not paths:
            return None
        message = f"this source of orb {locked.resolved} is not the one that {LOCK_FILE.as_posix()} has"
        hint = "Fetch or add the orb again to lock what you get, or restore the file."
        raise ConfigError(Problem(message, Position(self.shown(paths[0]), 1, 1), hint))

    def _best(self, reference: str) -> OrbSource | None:
        for folder in self.folders:
            for resolved, path in _candidates(folder, reference):
                if os.path.isfile(path):
                    exact = resolved == reference
                    return OrbSource(resolved, self.read(path), self.shown(path), locked=exact)
        return None

    def versions(self, reference: str) -> tuple[str, ...]:
        """Return the exact versions of an orb that are here, lowest first."""
        orb = reference.partition("@")[0]
        if path_of(f"{orb}@1") is None:
            return ()
        found = {version for folder in self.folders for version in _versions(folder, orb)}
        return tuple(".".join(map(str, version)) for version in sorted(found))

    def read(self, path: Path) -> str:
        """Return the source in a file. Raises ConfigError if it is no UTF-8 text or cannot be read."""
        try:
            return path.read_bytes().decode("utf-8-sig")
        except (OSError, UnicodeDecodeError) as error:
            what = "is not UTF-8" if isinstance(error, UnicodeDecodeError) else f"cannot be read: {error.strerror}"
            problem = Problem(
                f"the orb's file {what}", Position(self.shown(path), 1, 1), "Fetch it again, or remove it."
            )
            raise ConfigError(problem) from None

    def shown(self, path: Path) -> str:
        """Return the path as messages have it: from the project's folder, or with ``~``."""
        for base, prefix in ((self.project, Path()), (self.home or Path.home(), Path("~"))):
            if path.is_relative_to(base):
                return (prefix / path.relative_to(base)).as_posix()
        return str(path)


def _candidates(folder: Path, reference: str) -> Iterator[tuple[str, Path]]:
    """Yield the files that may hold an orb, best first, each with the reference that it stands for."""
    path = path_of(reference)
    if path is None:
        return
    yield reference, folder / path
    found = REFERENCE.match(reference)
    if found is None or found["version"].startswith("dev:") or _EXACT.match(found["version"]):
        return
    wanted = () if found["version"] == "volatile" else _numbers(found["version"])
    versions = [version for version in _versions(folder, found["orb"]) if version[: len(wanted)] == wanted]
    for version in sorted(versions, reverse=True):
        resolved = f"{found['orb']}@{'.'.join(map(str, version))}"
        yield resolved, folder / f"{resolved}.yml"


def _versions(folder: Path, orb: str) -> Iterator[tuple[int, ...]]:
    """Yield the exact versions of an orb that a folder has."""
    namespace, _, name = orb.partition("/")
    try:
        files = list((folder / namespace).iterdir())
    except OSError:
        return
    for file in files:
        other, _, version = file.stem.rpartition("@")
        if file.suffix == ".yml" and other == name and _EXACT.match(version):
            yield _numbers(version)


def _numbers(version: str) -> tuple[int, ...]:
    return tuple(map(int, version.split(".")))
