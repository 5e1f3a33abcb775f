"""The record of an archive that lies elsewhere than on this machine: in an object store, or on a volume of a cluster.

What it says of the archive is enough to find it, to check it, and to know the files in it without opening it.
"""

from __future__ import annotations

import json
import re
from pathlib import Path

from ...dataclass import asdict, dataclass
from ...system.private_files import read_bytes, replace_text

SUFFIX = ".stored"
"""What the names of records end in that stand for layers of the workspace."""
VERSION = 1
VOLUME = "volume:"
"""What a place begins with that is a volume, before the name of its claim."""
_DIGEST = re.compile(r"[0-9a-f]{64}")


class StoreError(Exception):
    """An archive that cannot be had, or not be kept; the message says where it lies and why."""


class ArchiveGone(StoreError):
    """An archive that is no longer where it was put."""


@dataclass(frozen=True, slots=True)
class StoredArchive:
    """An uncompressed tar archive, named by its content."""

    place: str
    """The URL of a store, or ``volume:CLAIM``."""
    key: str
    """Its name there."""
    size: int
    digest: str
    """SHA-256 of its bytes."""
    files: tuple[str, ...] = ()
    """The names of the files and links in it."""

    @property
    def url(self) -> str:
        """Where it lies, to be shown."""
        return f"{self.place}/{self.key}"


def archive_key(digest: str) -> str:
    """Return the name of an archive with that content."""
    return f"{digest}.tar"


def write_record(path: Path, archive: StoredArchive) -> None:
    """Write the record of an archive, in one move."""
    replace_text(path, json.dumps({"version": VERSION, **asdict(archive)}))


def read_record(path: Path) -> StoredArchive:
    """Return what a record says. Raise OSError, or ValueError if it is not one."""
    try:
        raw = json.loads(read_bytes(path))
        version = raw.pop("version")
        found = StoredArchive(**{**raw, "files": tuple(raw["files"])})
    except (AttributeError, KeyError, TypeError) as error:
        raise ValueError(f"{path.name} is no record of an archive: {error}") from None
    texts = (found.place, found.key, found.digest, *found.files)
    if version != VERSION or not all(isinstance(each, str) for each in texts) or not isinstance(found.size, int):
        raise ValueError(f"{path.name} is no record of an archive that this version reads")
    if not _DIGEST.fullmatch(found.digest):
        raise ValueError(f"{path.name} has no digest of an archive")
    return found
