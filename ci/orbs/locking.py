"""Writes the orbs that a config and its orbs use to the project's lock."""

from __future__ import annotations

from collections.abc import Collection
from pathlib import Path

from ..compiler.orb_imports import OrbSource
from .folder_of_orbs import made_folder, write
from .lock_file import FILE, Lock, Locked, hash_of, read_lock
from .sources import LocalOrbs
from .usage import Compile, used_orbs


def lock_used(project: Path, compile: Compile, changed: Collection[str] = (), *, update: bool = False) -> list[str]:
    """Lock what the config uses and is not locked yet; return a line for each reference that is locked now.

    Entries of versions that have ``changed`` get their new hash; with ``update`` those of their orbs are made anew.
    """
    before, plain = read_lock(project), LocalOrbs(project, lock=Lock())
    orbs = {each.partition("@")[0] for each in changed} if update else set()
    kept = Lock(
        {
            name: _locked(source) if each.resolved in changed and (source := plain.find(each.resolved)) else each
            for name, each in before.orbs.items()
            if name.partition("@")[0] not in orbs
        }
    )
    found = used_orbs(compile, LocalOrbs(project, lock=kept))
    return write_lock(project, before, kept, found)


def write_lock(project: Path, before: Lock, kept: Lock, found: dict[str, OrbSource | None]) -> list[str]:
    """Write what was found, and what of the kept entries is not as it was; return a line for each entry that differs.

    What another command has written since ``before`` was read stays.
    """
    from ..system.lock import locked_folder

    new = {name: _locked(source) for name, source in found.items() if source and name not in kept.orbs}
    changes = {name: each for name, each in {**kept.orbs, **new}.items() if before.orbs.get(name) != each}
    if not changes:
        return []
    with locked_folder(made_folder((project / FILE).parent)):
        now = read_lock(project)
        write(project / FILE, Lock({**now.orbs, **changes}).text())
    return [
        f"{name} is locked: {each.resolved}{_instead(now.orbs.get(name), each)}"
        for name, each in sorted(changes.items())
        if now.orbs.get(name) != each
    ]


def _locked(source: OrbSource) -> Locked:
    return Locked(source.reference_resolved, hash_of(source.text))


def _instead(before: Locked | None, after: Locked) -> str:
    if before is None:
        return ""
    return f", not {before.resolved} any more" if before.resolved != after.resolved else ", with another source"
