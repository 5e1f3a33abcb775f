"""Files of this machine into a folder of copies and out of it again, by the rules of archive.py.

A file system that can share the bytes of two files does, and elsewhere the kernel copies them; no file is the same as
another (a hard link), for each owner may change its own. On disk, version 1:

<layer>/files/          what an archive of the same files would hold, with its permissions, times and links
       /implied.json    the folders in there that lead to a member and are none themselves
"""

from __future__ import annotations

import json
import os
import stat
import tarfile
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import IO

from ...dataclass import dataclass
from ...system.cancellation import Check, unchecked
from ...system.file_copy import copy_with_time
from ...system.many_copies import ManyCopies
from ...system.private_files import make_folder, read_bytes, write_text
from .archive import PERMISSIONS, ArchiveError, Moved, Packer, TarPacker, Unpacker, finished, leaves

FILES, IMPLIED = "files", "implied.json"


def pack_folder(
    root: str, paths: Iterable[str], layer: str, moved: Moved | None = None, check: Check = unchecked
) -> tuple[str, ...]:
    """Copy files and folders, named relative to ``root``, into a new layer; see ``archive.pack``."""
    make_folder(Path(layer))
    os.mkdir(f"{layer}/{FILES}", 0o700)
    packer = _FolderPacker(root, f"{layer}/{FILES}", moved, check)
    packer.add_all(paths)
    try:
        packer.finish()
    except OSError as error:
        raise ArchiveError(f"cannot copy {error.filename or 'what was found'}: {error.strerror}") from None
    write_text(Path(layer, IMPLIED), json.dumps(sorted(packer.implied)))
    return tuple(packer.files)


def layer_files(layer: Path) -> tuple[str, ...]:
    """Return the names of the files and links that a layer holds. Raise OSError if it cannot be read."""
    top = f"{os.fspath(layer)}/{FILES}"
    found = []
    for folder, folders, files in os.walk(top, onerror=_raise):
        links = [name for name in folders if os.path.islink(f"{folder}/{name}")]
        found += [os.path.relpath(f"{folder}/{name}", top) for name in (*files, *links)]
    return tuple(sorted(found))


def _raise(error: OSError) -> None:
    raise error


def unpack_folder(layer: str, at: str, moved: Moved | None = None, check: Check = unchecked) -> int:
    """Copy what a layer holds to below ``at``, made if absent; see ``archive.unpack``."""
    try:
        os.makedirs(at, exist_ok=True)
        unpacker = _FolderUnpacker(os.path.realpath(at), moved, check)
        for entry in _entries(f"{layer}/{FILES}", _implied(layer)):
            unpacker.take(entry)
        unpacker.finish()
    except OSError as error:
        raise ArchiveError(f"cannot write {error.filename or at}: {error.strerror}") from None
    return unpacker.files


def pack_layer(layer: str, archive: IO[bytes], check: Check = unchecked) -> None:
    """Write what a layer holds to an archive, for a place in which this machine's folders are not."""
    packer = _LayerPacker(f"{layer}/{FILES}", archive, None, check)
    packer.implied = _implied(layer)
    packer.add_all(["."])
    finished(archive)


class _FolderPacker(Packer):
    """Puts members into a folder of this machine."""

    def __init__(self, root: str, folder: str, moved: Moved | None, check: Check) -> None:
        super().__init__(root, moved, check)
        self.folder = folder
        self.implied: set[str] = set()
        self._copies = ManyCopies(PERMISSIONS, check)
        self._made: dict[str, os.stat_result | None] = {"": None}

    def put(self, name: str, status: os.stat_result, kind: bytes, link: str = "") -> None:
        place = self._place(name)
        if kind == tarfile.SYMTYPE:
            os.symlink(link, place)
        elif kind == tarfile.LNKTYPE:
            os.link(f"{self.folder}/{link}", place, follow_symlinks=False)
        else:
            if name not in self._made:
                os.mkdir(place, 0o700)
            self.implied.discard(name)
            self._made[name] = status

    def put_file(self, name: str, path: str, shared: bool) -> None:
        if shared:
            copy_with_time(path, self._place(name), PERMISSIONS, self.check)
        else:
            self._copies.add(path, self._place(name))

    def finish(self) -> None:
        """Copy the files; give the folders their permissions and times, when nothing is written to them any more.

        Raise OSError.
        """
        self._copies.make()
        for name, status in reversed(self._made.items()):
            if status is not None:
                os.chmod(f"{self.folder}/{name}", status.st_mode & PERMISSIONS)
                os.utime(f"{self.folder}/{name}", ns=(status.st_mtime_ns, status.st_mtime_ns))

    def _place(self, name: str) -> str:
        """Return where a member goes, the folders that lead there made."""
        if leaves(name):
            raise ArchiveError(f"refused to pack {name!r}: it leads out of its folder")
        parent = os.path.dirname(name)
        if parent not in self._made:
            os.mkdir(self._place(parent), 0o700)
            self._made[parent] = None
            self.implied.add(parent)
        return f"{self.folder}/{name}"


@dataclass(slots=True)
class _Entry:
    """A member that lies in a folder of this machine."""

    name: str
    path: str
    mode: int
    time: int
    linkname: str = ""
    hard: bool = False
    """Whether it is a hard link to ``linkname``."""
    shared: bool = False
    """Whether there are hard links to it."""

    def isdir(self) -> bool:
        return stat.S_ISDIR(self.mode)

    def issym(self) -> bool:
        return stat.S_ISLNK(self.mode) and not self.hard

    def islnk(self) -> bool:
        return self.hard


class _FolderUnpacker(Unpacker[_Entry]):
    """Copies members to below another folder."""

    def __init__(self, root: str, moved: Moved | None, check: Check) -> None:
        super().__init__(root, moved, check)
        self._copies = ManyCopies(PERMISSIONS, check)

    def write(self, path: str, member: _Entry) -> None:
        if member.shared:
            copy_with_time(member.path, path, PERMISSIONS, self.check)
        else:
            self._copies.add(member.path, path)

    def finish(self) -> None:
        self._copies.make()
        super().finish()

    def time(self, member: _Entry) -> int:
        return member.time


class _LayerPacker(TarPacker):
    """Leaves out the folders that are no members."""

    implied: set[str]

    def put(self, name: str, status: os.stat_result, kind: bytes, link: str = "") -> None:
        if kind != tarfile.DIRTYPE or name not in self.implied:
            super().put(name, status, kind, link)


def _entries(folder: str, implied: set[str], name: str = "", first: dict[int, str] | None = None) -> Iterator[_Entry]:
    """Yield what lies below a folder, each folder before what is in it; a hard link is one after its first name."""
    first = {} if first is None else first
    with os.scandir(f"{folder}/{name}") as found:
        for each in sorted(found, key=lambda each: each.name):
            inner = f"{name}/{each.name}" if name else each.name
            status = each.stat(follow_symlinks=False)
            entry = _Entry(inner, each.path, status.st_mode, status.st_mtime_ns, shared=status.st_nlink > 1)
            if stat.S_ISDIR(status.st_mode):
                if inner not in implied:
                    yield entry
                yield from _entries(folder, implied, inner, first)
                continue
            if status.st_nlink > 1 and first.setdefault(status.st_ino, inner) != inner:
                entry.hard, entry.linkname = True, first[status.st_ino]
            elif stat.S_ISLNK(status.st_mode):
                entry.linkname = os.readlink(each.path)
            yield entry


def _implied(layer: str) -> set[str]:
    from pathlib import Path

    return set(json.loads(read_bytes(Path(layer, IMPLIED))))
