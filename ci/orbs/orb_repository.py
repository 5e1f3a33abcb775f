"""A git repository that has an orb: its versions, and their files without a checkout."""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path, PurePosixPath

from ..dataclass import dataclass
from ..errors import Problem, UsageError
from ..git.call import ask, clone, complaint
from ..git.remotes import without_credentials

LARGEST_FILE = 10_000_000
LARGEST_ORB = 100_000_000

_ADDRESS = re.compile(r"[a-z][a-z0-9+.-]*://|[\w.-]+@[\w.-]+:(?!//)", re.ASCII | re.IGNORECASE)
_TAG = re.compile(r"v?\.?(\d+)\.(\d+)\.(\d+)\Z", re.ASCII)
SUBMODULE = "160000"
_LINK = "120000"
_FILE = "100"

Version = tuple[int, int, int]


@dataclass(frozen=True, slots=True)
class Entry:
    """A file of a commit: its mode and the object that it is."""

    mode: str
    object: str


@dataclass(frozen=True, slots=True)
class Repository:
    """A repository in a folder; ``name`` is what messages call it."""

    folder: Path
    name: str

    def versions(self) -> dict[Version, str]:
        """Return the tag of each version, lowest version first. Raises UsageError if git does not read it."""
        listed = ask(self.folder, "for-each-ref", "--format=%(refname)", "refs/tags")
        if not listed.ok:
            raise UsageError(Problem(f"git does not read {self.name}: {complaint(listed)}"))
        found: dict[Version, str] = {}
        for reference in listed.stdout.splitlines():
            tag = reference.removeprefix("refs/tags/")
            parts = _TAG.match(tag)
            if parts:
                major, minor, patch = map(int, parts.groups())
                found.setdefault((major, minor, patch), tag)
        return dict(sorted(found.items()))

    def files(self, revision: str) -> dict[str, Entry]:
        """Return the files of a revision by path, without those that are too large to be part of an orb."""
        listed = ask(self.folder, "ls-tree", "-r", "-l", "-z", "--full-tree", revision)
        if not listed.ok:
            raise UsageError(Problem(f"{self.name}: git does not read {revision}: {complaint(listed)}"))
        return dict(_entries(listed.stdout))

    def write(self, files: Mapping[str, Entry], folder: Path) -> None:
        """Write files of a revision into an empty folder; links are made last, so that nothing is written through."""
        files = {name: entry for name, entry in files.items() if entry.mode != SUBMODULE}
        objects = [each.object for each in files.values()]
        answer = ask(self.folder, "cat-file", "--batch", given="".join(f"{each}\n" for each in objects))
        contents = _contents(os.fsencode(answer.stdout), len(objects)) if answer.ok else None
        if contents is None:
            raise UsageError(Problem(f"{self.name}: git does not read its files: {complaint(answer)}"))
        try:
            _write(zip(files.items(), contents, strict=True), folder)
        except (OSError, ValueError) as error:  # the latter: NUL in a link's target
            reason = error.strerror if isinstance(error, OSError) else error
            raise UsageError(Problem(f"the files of {self.name} cannot be written here: {reason}")) from None


def _write(files: Iterable[tuple[tuple[str, Entry], bytes]], folder: Path) -> None:
    links = []
    for (name, entry), content in files:
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        if entry.mode == _LINK:
            links.append((path, content))
        else:
            path.write_bytes(content)
    for path, target in links:
        os.symlink(target, os.fsencode(path))


def is_address(source: str) -> bool:
    """Return whether a source is to be cloned: a URL, or USER@HOST:PATH."""
    return bool(_ADDRESS.match(source))


def is_repository(folder: Path) -> bool:
    """Return whether a folder is the top of a clone, or a bare repository."""
    bare = all((folder / name).exists() for name in ("HEAD", "objects", "refs"))
    return (folder / ".git").exists() or bare


def cloned(address: str, folder: Path) -> Repository:
    """Clone a repository, bare, into a folder. Raises UsageError with git's reason if it cannot be had."""
    name = without_credentials(address)
    done = clone(address, folder)
    if not done.ok:
        hint = "Clone it on a machine with a network, and name the clone's folder instead."
        reason = complaint(done).replace(address, name)
        raise UsageError(Problem(f"{name} cannot be cloned: {reason}", None, hint))
    return Repository(folder, name)


def _entries(listed: str) -> Iterator[tuple[str, Entry]]:
    for line in listed.split("\0"):
        head, separator, path = line.partition("\t")
        fields = head.split()
        if separator and fields[:1] == [SUBMODULE]:
            yield path, Entry(SUBMODULE, fields[2])
        if not separator or len(fields) != 4 or not fields[3].isdecimal() or int(fields[3]) > LARGEST_FILE:
            continue
        parts = PurePosixPath(path).parts
        if fields[0].startswith((_FILE, _LINK)) and parts and not {"..", ".", "/", ".git"} & set(parts):
            yield path, Entry(fields[0], fields[2])


def _contents(answer: bytes, count: int) -> list[bytes] | None:
    """Return the objects that ``git cat-file --batch`` printed; None if some are not there."""
    found = []
    at = total = 0
    for _ in range(count):
        end = answer.find(b"\n", at)
        fields = answer[at:end].split()
        if end < 0 or len(fields) != 3 or not fields[2].isdigit():
            return None
        size = int(fields[2])
        total += size
        if total > LARGEST_ORB:
            return None
        found.append(answer[end + 1 : end + 1 + size])
        at = end + 1 + size + 1
    return found
