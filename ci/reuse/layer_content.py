"""Whether files of a kept run are what it has left, and whether two layers of the workspace have the same in them."""

from __future__ import annotations

import hashlib
import os
import stat
import tarfile
from collections.abc import Iterator
from pathlib import Path
from typing import IO

from ..runtime.files.folder_layer import FILES
from ..runtime.storage.stored_archive import SUFFIX, read_record

CHUNK = 1 << 20


def stamp(place: Path) -> str:
    """Return a digest of what the file system says of a file, or of all below a folder, without reading it.

    Whatever writes, renames, links or replaces a file changes the time of its status, which nobody can set.
    """
    found = hashlib.sha256()
    for path, status in _walk(os.fspath(place), ""):
        facts = (status.st_mode, status.st_size, status.st_ino, status.st_mtime_ns, status.st_ctime_ns)
        if stat.S_ISDIR(status.st_mode):
            facts = (status.st_mode, 0, status.st_ino, status.st_mtime_ns, status.st_ctime_ns)
        found.update(f"{path}\0{facts}\0".encode("utf-8", "surrogateescape"))
    return found.hexdigest()


def _walk(top: str, path: str) -> Iterator[tuple[str, os.stat_result]]:
    """Yield a file, or a folder and all below it, in an order that is always the same. Raise OSError."""
    waiting = [path]
    while waiting:
        each = waiting.pop()
        place = f"{top}/{each}" if each else top
        status = os.lstat(place)
        yield each, status
        if stat.S_ISDIR(status.st_mode):
            names = sorted(os.listdir(place), reverse=True)
            waiting += [f"{each}/{name}" if each else name for name in names]


def content(layer: Path) -> str:
    """Return a digest of what is in a layer: names, kinds, permissions, owners and bytes; times do not count.

    Raise OSError, ValueError or tarfile.TarError.
    """
    found = hashlib.sha256()
    if layer.suffix == SUFFIX:  # its bytes are elsewhere, and their digest has the times in it
        return f"stored {read_record(layer).digest}"
    entries = _of_folder(layer / FILES) if layer.is_dir() else _of_archive(layer)
    for entry in entries:
        found.update(f"{entry}\0".encode("utf-8", "surrogateescape"))
    return found.hexdigest()


def _of_folder(top: Path) -> Iterator[str]:
    first: dict[int, str] = {}
    for path, status in _walk(os.fspath(top), ""):
        place, mode = top / path, status.st_mode
        what = ""
        if stat.S_ISLNK(mode):
            what = f"link {os.readlink(place)}"
        elif stat.S_ISREG(mode) and status.st_nlink > 1 and first.setdefault(status.st_ino, path) != path:
            what = f"the same as {first[status.st_ino]}"
        elif stat.S_ISREG(mode):
            with open(place, "rb") as file:
                what = _bytes(file)
        yield f"{path} {mode:o} {status.st_uid} {status.st_gid} {what}"


def _of_archive(place: Path) -> Iterator[str]:
    with tarfile.open(place, "r:") as archive:
        for each in archive:
            file = archive.extractfile(each) if each.isreg() else None
            what = _bytes(file) if file else f"{each.linkname} {each.devmajor} {each.devminor}"
            yield f"{each.name} {each.type!r} {each.mode:o} {each.uid} {each.gid} {what}"


def _bytes(file: IO[bytes]) -> str:
    digest = hashlib.sha256()
    while chunk := file.read(CHUNK):
        digest.update(chunk)
    return digest.hexdigest()
