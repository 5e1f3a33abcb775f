"""``orbs list``: which orbs are here, which versions, and who uses them."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from pathlib import Path

from ..compiler.orb_imports import OrbSource
from ..dataclass import dataclass
from ..errors import CiError
from ..source.load import load
from ..source.nodes import MapNode
from .lock_file import Lock
from .reference_files import path_of
from .sources import LocalOrbs


@dataclass(frozen=True, slots=True)
class Row:
    """One version of an orb: where it is (empty: nowhere), who uses it, and as what."""

    orb: str
    file: str
    users: tuple[str, ...]
    locked: bool = False


def places(local: LocalOrbs) -> dict[str, Path]:
    """Return the files of all orbs that are here by their place below a folder of orbs; the project's come first."""
    found: dict[str, Path] = {}
    for folder in local.folders:
        for above, folders, files in os.walk(folder):
            folders.sort()
            for name in sorted(files):
                path = Path(above, name)
                if not name.endswith(".part"):
                    found.setdefault(path.relative_to(folder).as_posix(), path)
    return found


def rows(local: LocalOrbs, config: str, text: str, used: Mapping[str, OrbSource | None], lock: Lock) -> list[Row]:
    """Return a row for each orb that is here, and for each one that the config or its orbs use and that is missing."""
    users: dict[str, list[str]] = {}
    for user, reference in _uses(config, text, used):
        source = used.get(reference)
        name = source.reference_resolved if source else reference
        users.setdefault(name, []).append(f"{user}{'' if name == reference else f' as {reference}'}")
    locked = {each.resolved for each in lock.orbs.values()}
    found = [
        Row(name, local.shown(path), tuple(users.pop(name, ())), name in locked)
        for place, path in places(local).items()
        for name in [_name(place, used)]
    ]
    return [*found, *(Row(name, "", tuple(each)) for name, each in users.items() if used.get(name) is None)]


def _name(place: str, used: Mapping[str, OrbSource | None]) -> str:
    """Return what is at a place: the reference of a registry's orb, or the URL if the config uses it."""
    urls = {path.as_posix(): each for each in used if each.startswith("https://") and (path := path_of(each))}
    return urls.get(place) or place.removesuffix(".yml")


def _uses(config: str, text: str, used: Mapping[str, OrbSource | None]) -> Iterator[tuple[str, str]]:
    """Yield who names which reference: the config, then each orb that is used."""
    sources = {source.reference_resolved: source.text for source in used.values() if source}
    for user, content in ({config: text} | sources).items():
        try:
            root = load(content, user)
        except CiError:
            continue
        for reference in dict.fromkeys(_references(root)):
            yield user, reference


def _references(root: MapNode) -> Iterator[str]:
    orbs = root.get("orbs")
    for _, value in orbs.entries.values() if isinstance(orbs, MapNode) else ():
        if isinstance(value, MapNode):
            yield from _references(value)
        elif value.text is not None:
            yield value.text
