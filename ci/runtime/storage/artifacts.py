"""``store_artifacts``: files of a job that are kept in the run's folder.

https://circleci.com/docs/guides/optimize/artifacts/
"""

from __future__ import annotations

import os
import tempfile
from pathlib import Path
from posixpath import basename, dirname, join, normpath

from ...system.temporary import temporary_folder
from ..box import Box
from ..failures import StepError
from ..files.archive import ArchiveError, unpack

HOME = "home"
"""What stands for ``~``: a folder of that name would be an invitation to remove the user's home."""


def store(box: Box, path: str, destination: str, folder: Path) -> int:
    """Copy a file or folder of the box below ``folder``; return the number of files, 0 if there is none.

    ``destination`` is the new name of a file (a folder's, if it ends in ``/``) or what goes before the files of a
    folder; without it they have their place as the config names it. Links are kept as what they lead to, links to
    folders not at all. https://circleci.com/docs/reference/configuration-reference/#storeartifacts
    """
    source = box.path(path)
    place = folder / artifact_name(box, path, destination)
    if not box.exists(source):
        return 0
    if box.exists(f"{source}/."):
        return fetch(box, source, ".", place)
    if destination.endswith("/"):
        place = place / basename(source)
    return _fetch_file(box, source, place)


def artifact_name(box: Box, path: str, destination: str) -> str:
    """Where an artifact belongs in the tree of its job: a relative path, as CircleCI lists it."""
    name = destination or _as_named(box, path)
    parts = [part for part in name.split("/") if part not in ("", ".")]
    if ".." in parts:
        raise StepError(f"destination {destination!r} leads out of the artifacts")
    return "/".join(parts)


def _as_named(box: Box, path: str) -> str:
    """Relative to the working directory, or to the home if that is nearer than the whole path."""
    path = box.path(path)
    for base, short in ((box.working_directory, ""), (box.home, HOME)):
        if path == normpath(base) or path.startswith(normpath(base) + "/"):
            return join(short, path[len(normpath(base)) :].lstrip("/"))
    return path


def fetch(box: Box, root: str, name: str, place: Path) -> int:
    """Copy ``name`` below ``root`` in the box to below ``place`` on this machine; return the number of files."""
    try:
        place.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=place.parent) as archive:
            names = box.pack(root, [name], archive)
            archive.seek(0)
            unpack(archive, str(place), check=box.check)
    except (ArchiveError, OSError) as error:
        raise StepError(f"cannot copy {root}: {error}") from None
    return sum(_resolved(box, join(root, each), place / each) for each in names)


def _fetch_file(box: Box, source: str, place: Path) -> int:
    try:
        with temporary_folder(below=_made(place.parent)) as staging:
            count = fetch(box, dirname(source), basename(source), Path(staging))
            if count:
                os.replace(Path(staging) / basename(source), place)
    except OSError as error:
        raise StepError(f"cannot copy {source}: {error}") from None
    return count


def _made(folder: Path) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def _resolved(box: Box, source: str, place: Path) -> bool:
    """Put a file in the place of a link to it; whether there is a file then."""
    if not place.is_symlink():
        return True
    place.unlink()
    try:
        place.write_bytes(box.read(source))
    except OSError:
        return False
    return True
