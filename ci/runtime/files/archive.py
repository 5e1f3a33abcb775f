"""Files of this machine into a tar archive and out of it again, never to a place outside the folder they belong to.

Kept: folders that are empty too, permissions, times of change to the nanosecond, symbolic links as links, hard links
within one archive. Not kept: owners (files belong to who unpacks), setuid bits. Sockets, pipes and devices are not
packed.
"""

from __future__ import annotations

import contextlib
import os
import stat
import tarfile
from collections.abc import Iterable, Iterator
from typing import IO, Generic, Protocol, TypeVar

from ...dataclass import dataclass
from ...system.cancellation import Check, unchecked

PERMISSIONS = 0o777
NANO = 10**9
SMALL = 1 << 16
CHUNK = 1 << 26
"""Bytes that are copied between two calls of a check."""


class ArchiveError(Exception):
    """An archive that cannot be made, or is broken or unsafe to unpack; the message names the member."""


@dataclass(frozen=True, slots=True)
class Moved:
    """A folder that has another place on this machine than its name below the root says."""

    name: str
    place: str

    def holds(self, name: str) -> bool:
        """Whether a name is the folder's or lies below it."""
        return name == self.name or name.startswith(f"{self.name}/")

    def path(self, name: str) -> str:
        """Return the place of a name that the folder holds."""
        return self.place + name[len(self.name) :]


def pack(
    root: str, paths: Iterable[str], archive: IO[bytes], moved: Moved | None = None, check: Check = unchecked
) -> tuple[str, ...]:
    """Write files and folders, named relative to ``root``, to an uncompressed archive.

    Return the names of the files and links in it. Raise ArchiveError if something cannot be read, or what ``check``
    does, which is called now and then.
    """
    packer = TarPacker(root, archive, moved, check)
    packer.add_all(paths)
    finished(archive)
    return tuple(packer.files)


def finished(archive: IO[bytes]) -> None:
    """Write the end of an archive."""
    archive.write(bytes(2 * tarfile.BLOCKSIZE))
    archive.flush()


class Packer:
    """Finds what is to be packed, each file once and in order; whoever extends it puts it somewhere."""

    def __init__(self, root: str, moved: Moved | None, check: Check = unchecked) -> None:
        self.root = root
        self.moved = moved
        self.check = check
        self.files: list[str] = []
        self._seen: set[str] = set()
        self._inodes: dict[tuple[int, int], str] = {}

    def put(self, name: str, status: os.stat_result, kind: bytes, link: str = "") -> None:
        """Put a folder, a link, or a hard link to a file that was put before, by tar's types."""
        raise NotImplementedError

    def put_file(self, name: str, path: str, shared: bool) -> None:
        """Put a regular file; raise FileNotFoundError if it has vanished. ``shared``: a hard link to it may follow."""
        raise NotImplementedError

    def add_all(self, paths: Iterable[str]) -> None:
        """Add files and folders. Raise ArchiveError if something cannot be read."""
        try:
            for path in paths:
                self.add(os.path.normpath(path))
        except OSError as error:
            what = f"read {error.filename}" if error.filename else "write what was read"
            raise ArchiveError(f"cannot {what}: {error.strerror}") from None

    def add(self, name: str) -> None:
        """Add a file, or a folder with all below it; what vanishes meanwhile is left out."""
        if name in self._seen:
            return
        self._seen.add(name)
        self.check()
        path = self.moved.path(name) if self.moved and self.moved.holds(name) else os.path.join(self.root, name)
        try:
            status = os.lstat(path)
        except FileNotFoundError:
            return
        if stat.S_ISDIR(status.st_mode):
            if name != ".":
                self.put(name, status, tarfile.DIRTYPE)
            for child in sorted(os.listdir(path)):
                self.add(child if name == "." else f"{name}/{child}")
        elif stat.S_ISLNK(status.st_mode):
            self.put(name, status, tarfile.SYMTYPE, os.readlink(path))
            self.files.append(name)
        elif stat.S_ISREG(status.st_mode):
            self._add_file(name, path, status)

    def _add_file(self, name: str, path: str, status: os.stat_result) -> None:
        inode = (status.st_dev, status.st_ino)
        if status.st_nlink > 1 and inode in self._inodes:
            self.put(name, status, tarfile.LNKTYPE, self._inodes[inode])
        else:
            with contextlib.suppress(FileNotFoundError):
                self.put_file(name, path, status.st_nlink > 1)
                self._inodes[inode] = name
        self.files.append(name)


class TarPacker(Packer):
    """Writes members to an archive."""

    def __init__(self, root: str, archive: IO[bytes], moved: Moved | None, check: Check = unchecked) -> None:
        super().__init__(root, moved, check)
        self.archive = archive

    def put_file(self, name: str, path: str, shared: bool) -> None:
        with open(path, "rb", buffering=0) as file:
            status = os.fstat(file.fileno())
            self.put(name, status, tarfile.REGTYPE)
            self._content(file.fileno(), status.st_size)

    def put(self, name: str, status: os.stat_result, kind: bytes, link: str = "") -> None:
        info = tarfile.TarInfo(name)
        info.type, info.linkname, info.mode = kind, link, status.st_mode & PERMISSIONS
        info.size = status.st_size if kind == tarfile.REGTYPE else 0
        info.mtime, nanos = divmod(status.st_mtime_ns, NANO)
        if nanos:
            info.pax_headers = {"mtime": f"{info.mtime}.{nanos:09d}"}
        self.archive.write(info.tobuf(tarfile.PAX_FORMAT, "utf-8"))

    def _content(self, file: int, size: int) -> None:
        """Write the file's bytes, as many as its header says though it may have grown or shrunk, and the padding."""
        if size <= SMALL:
            self.archive.write(os.read(file, size).ljust(size, b"\0") if size else b"")
        else:
            missing = size - _copy(file, 0, self.archive, size, self.check)
            self.archive.write(bytes(missing))
        self.archive.write(bytes(-size % tarfile.BLOCKSIZE))


def _copy(source: int, offset: int, to: IO[bytes], size: int, check: Check = unchecked) -> int:
    """Copy from a place in a file, inside the kernel if possible; return how much there was."""
    left = size
    with contextlib.suppress(AttributeError, OSError, ValueError):
        to.flush()
        while left:
            check()
            count = os.copy_file_range(source, to.fileno(), min(left, CHUNK), offset + size - left)
            if not count:
                break
            left -= count
    while left:
        check()
        data = os.pread(source, min(left, 1 << 20), offset + size - left)
        if not data:
            break
        to.write(data)
        left -= len(data)
    return size - left


def members(archive: IO[bytes], strict: bool = False) -> Iterator[tarfile.TarInfo]:
    """Yield the members of an archive, each checked: what an unpacker outside this process must know too.

    Raise ArchiveError for an absolute name or ``..``, a hard link out of the archive's folder, a device, a broken or
    cut archive; with ``strict`` also for a symbolic link that leads out of the folder.
    """
    try:
        with tarfile.open(fileobj=archive, mode="r:") as tar:
            for member in tar:
                _check(member, strict)
                yield member
                vars(tar)["members"] = []  # else it keeps them all
    except tarfile.TarError as error:
        raise ArchiveError(f"the archive is damaged: {error}") from None


def _check(member: tarfile.TarInfo, strict: bool) -> None:
    if leaves(member.name):
        raise ArchiveError(f"refused to unpack {member.name!r}: it leads out of its folder")
    if member.islnk() and leaves(member.linkname):
        raise ArchiveError(f"refused to unpack {member.name!r}: a hard link to {member.linkname!r}, out of its folder")
    if strict and member.issym():
        target = os.path.join(os.path.dirname(member.name), member.linkname)
        if leaves(os.path.normpath(target)):
            raise ArchiveError(f"refused to unpack {member.name!r}: a link to {member.linkname!r}, out of its folder")
    if not (member.isreg() or member.isdir() or member.issym() or member.islnk()):
        raise ArchiveError(f"refused to unpack {member.name!r}: it is a device or a pipe")


def leaves(name: str) -> bool:
    """Whether the name of a member could mean a place outside of the folder that it is unpacked to."""
    return not name or name.startswith("/") or ".." in name.split("/") or "\0" in name


def unpack(
    archive: IO[bytes], at: str, strict: bool = False, moved: Moved | None = None, check: Check = unchecked
) -> int:
    """Unpack an archive below ``at``, made if absent; what is there is replaced. Return the number of files.

    Raise ArchiveError as ``members`` does, and if a member would be written through a link that leads out of
    ``at``; or what ``check`` does. Links that only point out (a virtualenv's to its interpreter) are kept as they are
    unless ``strict``.
    """
    try:
        os.makedirs(at, exist_ok=True)
        unpacker = TarUnpacker(os.path.realpath(at), archive, moved, check)
        for member in members(archive, strict):
            unpacker.take(member)
        unpacker.finish()
    except OSError as error:
        raise ArchiveError(f"cannot write {error.filename or at}: {error.strerror}") from None
    return unpacker.files


class Member(Protocol):
    """What an unpacker must know of a member, as ``tarfile`` names it."""

    name: str
    mode: int
    linkname: str

    def isdir(self) -> bool: ...

    def issym(self) -> bool: ...

    def islnk(self) -> bool: ...


Kind = TypeVar("Kind", bound=Member)


class Unpacker(Generic[Kind]):
    """Puts members below a folder, never outside; whoever extends it knows where their bytes are."""

    def __init__(self, root: str, moved: Moved | None, check: Check = unchecked) -> None:
        self.root = root
        self.moved = moved
        self.check = check
        self.files = 0
        self._safe: set[str] = set()
        self._modes: dict[str, int] = {}
        """Folders to give these permissions in the end."""
        self._times: dict[str, int] = {}

    def write(self, path: str, member: Kind) -> None:
        """Make a regular file at a path where there is none, with permissions and time."""
        raise NotImplementedError

    def time(self, member: Kind) -> int:
        """Return its time of change, in nanoseconds."""
        raise NotImplementedError

    def take(self, member: Kind) -> None:
        """Put one member in its place."""
        name = os.path.normpath(member.name)
        if name == ".":
            return
        self.check()
        self._folder(os.path.dirname(name))
        path = self._path(name)
        if member.isdir():
            self._make_folder(path, member)
            return
        self.files += 1
        self._clear(path)
        if member.issym():
            os.symlink(member.linkname, path)
            self._safe.clear()
        elif member.islnk():
            source, link = os.path.split(os.path.normpath(member.linkname))
            os.link(os.path.join(self._folder(source), link), path, follow_symlinks=False)
        else:
            self.write(path, member)

    def finish(self) -> None:
        """Folders get their permissions and times when nothing is written to them any more."""
        for path, mode in self._modes.items():
            os.chmod(path, mode)
        for path, time in reversed(self._times.items()):
            os.utime(path, ns=(time, time))

    def _folder(self, name: str) -> str:
        """Return the folder of a member, made if it is missing, once it is known to be inside."""
        path = self._path(name)
        if path not in self._safe:
            real = os.path.realpath(path)
            if not self._inside(name, real):
                raise ArchiveError(f"refused to unpack into {name!r}: it is a link to {real!r}, out of its folder")
            os.makedirs(real, exist_ok=True)
            if not os.access(real, os.W_OK):
                self._modes.setdefault(real, stat.S_IMODE(os.stat(real).st_mode))
                os.chmod(real, 0o700)
            self._safe.add(path)
        return path

    def _path(self, name: str) -> str:
        return self.moved.path(name) if self.moved and self.moved.holds(name) else os.path.join(self.root, name)

    def _inside(self, name: str, real: str) -> bool:
        root = os.path.realpath(self.moved.place) if self.moved and self.moved.holds(name) else self.root
        return f"{real}/".startswith(f"{root.rstrip('/')}/")

    def _make_folder(self, path: str, member: Kind) -> None:
        if not os.path.isdir(path):
            self._clear(path)
            os.mkdir(path)
        real = os.path.realpath(path)
        if not self._inside(os.path.normpath(member.name), real):
            raise ArchiveError(f"refused to unpack into {member.name!r}: it is a link to {real!r}, out of its folder")
        os.chmod(real, 0o700)
        self._modes[real] = member.mode & PERMISSIONS
        self._times[real] = self.time(member)

    def _clear(self, path: str) -> None:
        """Remove what is in a file's place, so that nothing is written through a link or into a program that runs."""
        try:
            os.unlink(path)
        except FileNotFoundError:
            pass
        except (IsADirectoryError, PermissionError):
            if not os.path.isdir(path) or os.path.islink(path):
                raise
            raise ArchiveError(f"cannot unpack {os.path.basename(path)!r}: there is a folder of that name") from None


class TarUnpacker(Unpacker[tarfile.TarInfo]):
    """Takes the bytes of members from their archive."""

    def __init__(self, root: str, archive: IO[bytes], moved: Moved | None, check: Check = unchecked) -> None:
        super().__init__(root, moved, check)
        self.archive = archive
        try:
            self._source: int | None = archive.fileno()
        except (OSError, AttributeError):
            self._source = None

    def time(self, member: tarfile.TarInfo) -> int:
        return _nanoseconds(member)

    def write(self, path: str, member: tarfile.TarInfo) -> None:
        mode = member.mode & PERMISSIONS
        with open(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb", buffering=0) as file:
            try:
                if self._content(file, member) < member.size:
                    raise ArchiveError(f"the archive is damaged: {member.name!r} is cut short")
            except BaseException:  # half a file looks like a whole one
                os.unlink(path)
                raise
            os.fchmod(file.fileno(), mode)
        time = _nanoseconds(member)
        os.utime(path, ns=(time, time))

    def _content(self, file: IO[bytes], member: tarfile.TarInfo) -> int:
        if self._source is not None:
            return _copy(self._source, member.offset_data, file, member.size, self.check)
        here, left = self.archive.tell(), member.size
        self.archive.seek(member.offset_data)
        while left and (data := self.archive.read(min(left, 1 << 20))):
            self.check()
            left -= file.write(data)
        self.archive.seek(here)
        return member.size - left


def _nanoseconds(member: tarfile.TarInfo) -> int:
    seconds, _, fraction = member.pax_headers.get("mtime", str(int(member.mtime))).partition(".")
    return int(seconds) * NANO + int(fraction.ljust(9, "0")[:9])
