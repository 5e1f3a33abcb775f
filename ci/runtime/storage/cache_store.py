"""Where caches are kept across runs, on disk, version 1; the only module that knows the layout.

<folder>/1/<sha256 of the key>/entry.json    key, time of creation, paths, sizes and digests of the archives
                              /<name>.tar    what is cached: ``home.tar`` below the home, ``root.tar`` below ``/``;
                                             none where entry.json has the place of an archive that lies elsewhere
                              /used          its time of change is when it was last used
<folder>/1/.new-<random>/                    an entry being written; it gets its name by one rename, or never

An entry never changes. Two writers of one key write side by side; the rename of the first succeeds.
"""

from __future__ import annotations

import contextlib
import errno
import hashlib
import json
import os
import re
import stat
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import IO

from ...dataclass import asdict, dataclass
from ...system.cancellation import Check, unchecked
from ...system.private_files import make_folder, opener, read_bytes
from ...system.removal import remove_tree
from .stored_archive import StoredArchive

VERSION = "1"
LIMIT = 5 * 1024**3
UNFINISHED = ".new-"
_UNFINISHED = re.compile(r"\.new-([a-z0-9_]{8}|[0-9a-f]{64}-\d+-\d+)")
_FINISHED = re.compile(r"[0-9a-f]{64}")
ABANDONED_SECONDS = 24 * 3600.0
ENTRY, USED = "entry.json", "used"
Write = Callable[[IO[bytes]], object]


@dataclass(frozen=True, slots=True)
class Archive:
    """One archive of an entry."""

    name: str
    size: int
    digest: str
    """SHA-256 of its bytes."""
    place: str = ""
    """Where it lies, if that is not here; see stored_archive.py."""
    key: str = ""
    """Its name there."""

    @property
    def stored(self) -> StoredArchive | None:
        """Return the record of an archive that lies elsewhere."""
        return StoredArchive(self.place, self.key, self.size, self.digest) if self.place else None


@dataclass(frozen=True, slots=True)
class CacheEntry:
    """One cache, as its metadata describe it."""

    key: str
    created: float
    """Seconds since the epoch; of two caches the one with the later time is the newer."""
    paths: tuple[str, ...]
    """The paths that were saved, to be shown."""
    archives: tuple[Archive, ...]

    @property
    def size(self) -> int:
        """Bytes of its archives."""
        return sum(archive.size for archive in self.archives)

    @property
    def size_here(self) -> int:
        """Bytes of those archives that lie on this machine."""
        return sum(archive.size for archive in self.archives if not archive.place)

    @property
    def identity(self) -> str:
        """What a job sees of it: the key, and the digests of what is in it."""
        return " ".join([self.key, *sorted(f"{each.name}={each.digest}" for each in self.archives)])


class CacheStore:
    """The caches of one project, shared by branches, workflows, runs and threads.

    ``check`` is called while an archive is read, and what it raises is raised here.
    """

    def __init__(
        self,
        folder: Path,
        limit_bytes: int = LIMIT,
        clock: Callable[[], float] = time.time,
        check: Check = unchecked,
    ) -> None:
        self._folder = folder / VERSION
        self._limit = limit_bytes
        self._clock = clock
        self._check = check

    def get(self, key: str) -> CacheEntry | None:
        """Return the entry of exactly this key; None if there is none."""
        return self._read(self._place(key))

    def newest(self, prefix: str) -> CacheEntry | None:
        """Of the entries whose key starts so, the one created last, even if another matches wholly.

        https://circleci.com/docs/reference/configuration-reference/#restorecache
        """
        found = [entry for entry in self.entries() if entry.key.startswith(prefix)]
        return max(found, key=lambda entry: (entry.created, entry.key), default=None)

    def entries(self) -> list[CacheEntry]:
        """All entries that can be served, newest first."""
        found = (self._read(place) for place in self._places())
        return sorted((entry for entry in found if entry), key=lambda entry: (-entry.created, entry.key))

    def add(self, key: str, paths: tuple[str, ...], archives: Mapping[str, Write | StoredArchive]) -> CacheEntry | None:
        """Keep a new entry, whose archives lie elsewhere or are written by functions; None if another was first.

        What was used longest ago may go for it.
        """
        make_folder(self._folder.parent)
        make_folder(self._folder)
        unfinished = Path(tempfile.mkdtemp(prefix=UNFINISHED, dir=self._folder))
        try:
            written = tuple(_written(unfinished, name, write, self._check) for name, write in archives.items())
            (unfinished / USED).touch(0o600)
            entry = CacheEntry(key, self._clock(), paths, written)
            _write_synced(unfinished / ENTRY, json.dumps(asdict(entry)).encode())
            if not self._appear(unfinished, key):
                return None
        finally:
            remove_tree(unfinished)
        self.prune(keep=key)
        return entry

    def _appear(self, unfinished: Path, key: str) -> bool:
        """Give a written entry its name; false if there is one of that name."""
        try:
            os.rename(unfinished, self._place(key))
        except OSError as error:
            if error.errno not in (errno.EEXIST, errno.ENOTEMPTY):
                raise
            return False
        return True

    @contextlib.contextmanager
    def open(self, entry: CacheEntry) -> Iterator[dict[str, IO[bytes]] | None]:
        """Return the entry's archives that lie here, to read, by name.

        None if one is damaged or gone: the entry is dropped then.
        """
        place = self._place(entry.key)
        with contextlib.ExitStack() as stack:
            files: dict[str, IO[bytes]] = {}
            try:
                for archive in entry.archives:
                    if archive.place:
                        continue
                    file = stack.enter_context(open(place / f"{archive.name}.tar", "rb", opener=opener))
                    if _digest(file, self._check) != archive.digest:
                        raise ValueError
                    file.seek(0)
                    files[archive.name] = file
                os.utime(place / USED, follow_symlinks=False)
            except (OSError, ValueError):
                self.drop(entry.key)
                yield None
                return
            yield files

    def drop(self, key: str) -> None:
        """Remove an entry; what is gone already is not an error."""
        self._remove(self._place(key))

    def prune(self, keep: str = "") -> list[str]:
        """Remove what was used longest ago until the size is within the limit, and what killed writers left.

        Returns the keys that went; ``keep`` stays.
        """
        if self._own():
            self._sweep()
        entries = sorted(self.entries(), key=self._used)
        total = sum(entry.size_here for entry in entries)
        gone = []
        for entry in entries:
            if total <= self._limit:
                break
            if entry.key != keep and entry.size_here:
                self.drop(entry.key)
                total -= entry.size_here
                gone.append(entry.key)
        return gone

    def clean(self) -> int:
        """Remove everything; return the number of entries there were."""
        count = len(self._places())
        if self._own():
            remove_tree(self._folder)
        return count

    def _used(self, entry: CacheEntry) -> float:
        try:
            return (self._place(entry.key) / USED).stat().st_mtime
        except OSError:
            return 0.0

    def _sweep(self) -> None:
        for place in self._folder.glob(f"{UNFINISHED}*"):
            with contextlib.suppress(OSError):
                if _UNFINISHED.fullmatch(place.name) and time.time() - place.lstat().st_mtime > ABANDONED_SECONDS:
                    remove_tree(place)

    def _own(self) -> bool:
        """Whether the folder is a folder, reached by no link: nothing is served from another, nor removed in it."""
        return _is_folder(self._folder) and not self._folder.parent.is_symlink()

    def _place(self, key: str) -> Path:
        return self._folder / hashlib.sha256(key.encode("utf-8", "surrogatepass")).hexdigest()

    def _places(self) -> list[Path]:
        if not self._own():
            return []
        with contextlib.suppress(FileNotFoundError):
            return [place for place in self._folder.iterdir() if _FINISHED.fullmatch(place.name)]
        return []

    def _read(self, place: Path) -> CacheEntry | None:
        """Return the entry of a folder; remove one that cannot be read."""
        if not self._own() or not _is_folder(place):
            return None
        try:
            raw = json.loads(read_bytes(place / ENTRY))
            archives = tuple(Archive(**archive) for archive in raw["archives"])
            entry = CacheEntry(raw["key"], raw["created"], tuple(raw["paths"]), archives)
            here = [archive for archive in archives if not archive.place]
            sizes = [(place / f"{archive.name}.tar").stat().st_size for archive in here]
            if self._place(entry.key) == place and sizes == [archive.size for archive in here]:
                return entry
        except FileNotFoundError:
            if not place.exists():
                return None
        except (OSError, ValueError, KeyError, TypeError):
            pass
        self._remove(place)
        return None

    def _remove(self, place: Path) -> None:
        """Out of sight by one rename, so that no reader meets half of it."""
        doomed = place.with_name(f"{UNFINISHED}{place.name}-{os.getpid()}-{time.monotonic_ns()}")
        with contextlib.suppress(OSError):
            if self._own() and _is_folder(place):
                os.rename(place, doomed)
                remove_tree(doomed)


def _is_folder(place: Path) -> bool:
    """Whether it is a folder, and no link to one: only such folders are entries."""
    try:
        return stat.S_ISDIR(place.lstat().st_mode)
    except OSError:
        return False


def _digest(file: IO[bytes], check: Check) -> str:
    file.seek(0)
    digest = hashlib.sha256()
    while block := file.read(1 << 20):
        check()
        digest.update(block)
    return digest.hexdigest()


def _written(folder: Path, name: str, write: Write | StoredArchive, check: Check) -> Archive:
    if isinstance(write, StoredArchive):
        return Archive(name, write.size, write.digest, write.place, write.key)
    with open(folder / f"{name}.tar", "w+b", opener=opener) as file:
        write(file)
        file.flush()
        archive = Archive(name, os.fstat(file.fileno()).st_size, _digest(file, check))
        os.fsync(file.fileno())
    return archive


def _write_synced(path: Path, content: bytes) -> None:
    with open(path, "wb", opener=opener) as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
