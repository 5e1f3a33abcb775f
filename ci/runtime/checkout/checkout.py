"""The ``checkout`` step: the user's checkout, with what is not committed, as the job's own repository.

https://circleci.com/docs/reference/configuration-reference/#checkout
"""

from __future__ import annotations

import hashlib
import os
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from ..box import Box
from ..errors import StepError
from ..file_copy import copy_entry
from ..task import Origin
from .ownership import Ownership
from .repository import Source, add_objects, make_repository, open_source, own_git, remove_repository

OWN_STATE = ".nox"
"""The folder that never comes along."""
GITLINK = "160000"
_NO_LFS = ("filter.lfs.smudge=", "filter.lfs.process=", "filter.lfs.required=false")
_POINTER = "cat >/dev/null; git cat-file blob :%f"
_AT_ONCE = 500
Say = Callable[[str], None]


def check_out(box: Box, path: str, origin: Origin, say: Say, ownership: Ownership) -> None:
    """Put the user's checkout at a path of the box. Raises StepError where that cannot be."""
    say(describe(origin, path))
    box.checkout(path, lambda folder: write_tree(Path(folder), origin, say, ownership))


def hand_in(box: Box, name: str, origin: Origin, say: Say) -> str:
    """Put a folder of the user's where the box's steps find it, as ``checkout`` does; its path in there."""

    def write(folder: str) -> None:
        state = _revision(origin) + _dirty(origin) if origin.repository else ""
        say(f"a copy of {origin.root}{state}")
        write_tree(Path(folder), origin, say)

    return box.place(name, str(origin.root), write)


def describe(origin: Origin, path: str) -> str:
    """One line on what comes, and where."""
    if not origin.repository:
        return f"Copying {origin.root} to {path}: a folder, not a git repository"
    place = origin.tag or origin.branch or "detached HEAD"
    return f"Checking out {place}{_revision(origin)} to {path}{_dirty(origin)}"


def _revision(origin: Origin) -> str:
    return f" at {origin.revision[:12] or 'its beginning'}"


def _dirty(origin: Origin) -> str:
    return f", with {origin.dirty} uncommitted files" if origin.dirty else ""


def write_tree(folder: Path, origin: Origin, say: Say, ownership: Ownership | None = None) -> None:
    """Write the user's checkout into a folder that holds no file yet, or over a repository that the job owns.

    Raises StepError for a folder with something else in it, as a repository that this job did not make.
    """
    ownership = ownership or Ownership()
    try:
        folder.mkdir(parents=True, exist_ok=True)
        taken = not holds_only_folders(folder)
        if taken:
            _refuse_foreign(folder, origin, ownership)
        if origin.repository:
            _write_repository(folder, origin, new=not taken, say=say)
        else:
            copy_all(origin.root, folder)
        ownership.remember(folder)
    except OSError as error:
        raise StepError(f"the checkout could not be copied: {error}") from error


def holds_only_folders(folder: Path) -> bool:
    """Return whether there is nothing below a folder but folders, as those made for a ``working_directory``."""
    with os.scandir(folder) as entries:
        return all(each.is_dir(follow_symlinks=False) and holds_only_folders(Path(each.path)) for each in entries)


def _refuse_foreign(folder: Path, origin: Origin, ownership: Ownership) -> None:
    """Raise StepError unless a folder holds a repository that the job may replace."""
    if not origin.repository or not os.path.lexists(folder / ".git"):
        raise StepError(f"Directory ({folder}) you are trying to checkout to is not empty and not a git repository")
    if not ownership.covers(folder):
        raise StepError(
            f"Directory ({folder}) holds a git repository that this job did not make, and checkout would overwrite it. "
            "Check out to another path, change working_directory, or run in a container: --engine docker"
        )


def copy_all(source: Path, target: Path) -> None:
    """Copy the files of a folder that is no repository, ``.nox`` aside."""
    for folder, folders, files in os.walk(source):
        within = target / os.path.relpath(folder, source)
        links = [name for name in folders if os.path.islink(os.path.join(folder, name))]
        folders[:] = [name for name in folders if name not in (OWN_STATE, *links)]
        within.mkdir(exist_ok=True)
        for name in (*files, *links):
            copy_entry(os.path.join(folder, name), os.path.join(within, name))


@dataclass(frozen=True, slots=True)
class Changes:
    """How the user's work tree differs from a revision; paths are relative to its top."""

    copied: tuple[str, ...] = ()
    removed: tuple[str, ...] = ()
    submodules: tuple[str, ...] = ()
    """Those that stand at another commit."""


def read_changes(source: Source, revision: str) -> Changes:
    """What is not committed: changed, new and deleted files; ignored ones and ``.nox`` are not told."""
    copied = [path for path in untracked(source) if OWN_STATE not in path.split("/")]
    removed: list[str] = []
    moved: list[str] = []
    if not revision:
        copied += [path for path in source.read("ls-files", "-z").split("\0") if path]
    for mode, status, path in _differences(source, revision) if revision else ():
        if GITLINK in mode:
            (removed if status == "D" else moved).append(path)
        else:
            (removed if status == "D" else copied).append(path)
    return Changes(tuple(copied), tuple(removed), tuple(moved))


def untracked(source: Source) -> Iterator[str]:
    """The files that git neither knows nor ignores; of a repository within, those that it knows or does not ignore."""
    for path in source.read("ls-files", "-z", "--others", "--exclude-standard").split("\0"):
        if not path.endswith("/"):
            if path:
                yield path
            continue
        within = source.git("-C", path, "ls-files", "-z", "--cached", "--others", "--exclude-standard")
        yield from (path + name for name in within.stdout.split("\0") if name and not name.endswith("/"))


def _differences(source: Source, revision: str) -> Iterator[tuple[tuple[str, str], str, str]]:
    options = ("--raw", "-z", "--no-renames", "--no-ext-diff", "--ignore-submodules=dirty")
    fields = iter(source.read("diff", *options, revision, "--").split("\0"))
    for head in fields:
        if head.startswith(":"):
            before, after, _, _, status = head[1:].split(" ")
            yield (before, after), status, next(fields)


def _write_repository(folder: Path, origin: Origin, new: bool, say: Say) -> None:
    source = open_source(origin.root)
    reading = _Reading(source, origin.revision)
    index = b"" if new else remove_repository(folder)
    make_repository(source, folder)
    if index:  # so that git removes the files that it tracked
        (folder / ".git" / "index").write_bytes(index)
    add_objects(source, folder)
    _set_head(folder, origin)
    if origin.revision:
        _write_files(folder)
    changes = reading.result()
    apply(changes, source, folder)
    _write_lfs(source, folder, changes)
    for path in changes.submodules:
        say(f"submodule {path} stands at another commit than the one that is committed")


class _Reading:
    """Reads the changes while the repository is copied: both take their time in a large one."""

    def __init__(self, source: Source, revision: str) -> None:
        self._found: Changes | Exception = Changes()
        self._thread = threading.Thread(target=self._read, args=(source, revision), daemon=True)
        self._thread.start()

    def _read(self, source: Source, revision: str) -> None:
        try:
            self._found = read_changes(source, revision)
        except Exception as error:  # raised in the thread that waits for it
            self._found = error

    def result(self) -> Changes:
        self._thread.join()
        if isinstance(self._found, Exception):
            raise self._found
        return self._found


def _set_head(folder: Path, origin: Origin) -> None:
    if origin.branch and not origin.tag:
        reference = f"refs/heads/{origin.branch}"
        if origin.revision:
            own_git(folder, "update-ref", reference, origin.revision)
        own_git(folder, "symbolic-ref", "HEAD", reference)
        return
    if origin.tag and not own_git(folder, "for-each-ref", f"refs/tags/{origin.tag}"):
        own_git(folder, "update-ref", f"refs/tags/{origin.tag}", origin.revision)
    if origin.revision:
        own_git(folder, "update-ref", "--no-deref", "HEAD", origin.revision)


def _write_files(folder: Path) -> None:
    workers = f"checkout.workers={os.cpu_count() or 1}"
    settings = [word for each in (workers, *_NO_LFS) for word in ("-c", each)]
    own_git(folder, *settings, "reset", "--quiet", "--hard")


def apply(changes: Changes, source: Source, folder: Path) -> None:
    """Make a work tree at the revision like the user's."""
    for path in changes.removed:
        _remove(folder, path)
    made: set[str] = set()
    for path in changes.copied:
        _make_parents(folder, os.path.dirname(path), made)
        try:
            copy_entry(f"{source.root}/{path}", f"{folder}/{path}")
        except FileNotFoundError:
            continue  # gone since it was listed
    for path in changes.submodules:
        commit = source.git("-C", path, "rev-parse", "HEAD").stdout.strip()
        if commit:
            own_git(folder, "update-index", "--add", "--cacheinfo", f"{GITLINK},{commit},{path}")


def _make_parents(folder: Path, parent: str, made: set[str]) -> None:
    """Make the folders of a path; a link or file in the way is replaced, so that nothing is written through it."""
    if not parent or parent in made:
        return
    _make_parents(folder, os.path.dirname(parent), made)
    place = folder / parent
    if place.is_symlink() or not place.is_dir():
        place.unlink(missing_ok=True)
        place.mkdir()
    made.add(parent)


def _remove(folder: Path, path: str) -> None:
    place = folder / path
    if place.is_dir() and not place.is_symlink():
        place.rmdir()  # a submodule's folder, which is empty
    else:
        place.unlink(missing_ok=True)
    for parent in place.parents:
        if parent == folder:
            break
        try:
            parent.rmdir()
        except OSError:  # not empty, or gone
            break


def _write_lfs(source: Source, folder: Path, changes: Changes) -> None:
    """Put the content of LFS files where git has written their pointers, as the user has it."""
    attributes = source.root / ".gitattributes"
    known = (source.folder / "lfs").is_dir() or (
        attributes.is_file() and "filter=lfs" in attributes.read_text(encoding="utf-8", errors="replace")
    )
    if not known:
        return
    changed = {*changes.copied, *changes.removed}
    listed = [(path, blob) for path, blob in _lfs_files(folder) if (source.root / path).is_file()]
    paths = [path for path, blob in listed if path not in changed or blob == _pointer_id(source, path)]
    past = time.time() - 5  # git looks again into a file that is as young as its index
    for path in paths:
        copy_entry(f"{source.root}/{path}", f"{folder}/{path}")
        os.utime(f"{folder}/{path}", (past, past))
    if paths:
        for name, value in (("core.checkStat", "minimal"), ("core.trustctime", "false")):  # it may be moved yet
            own_git(folder, "config", name, value)
        # What LFS would make of each file is the pointer that the index has: git then takes it for unchanged.
        clean = ("-c", f"filter.lfs.clean={_POINTER}", "-c", "filter.lfs.required=true")
        for first in range(0, len(paths), _AT_ONCE):
            own_git(folder, "--literal-pathspecs", *clean, "add", "--", *paths[first : first + _AT_ONCE])


def _lfs_files(folder: Path) -> Iterator[tuple[str, str]]:
    """Return the LFS files that the job's index has, each with the object id of its pointer."""
    for line in own_git(folder, "ls-files", "-s", "-z", "--", ":(attr:filter=lfs)").split("\0"):
        if line:
            entry, path = line.split("\t", 1)
            yield path, entry.split(" ")[1]


def _pointer_id(source: Source, path: str) -> str:
    """Return the object id of the pointer to a file; without git-lfs, git calls a file changed that has its content.

    https://github.com/git-lfs/git-lfs/blob/main/docs/spec.md
    """
    with open(source.root / path, "rb") as file:
        content = hashlib.sha256()
        while chunk := file.read(1 << 20):
            content.update(chunk)
        size = file.tell()
    oid = f"oid sha256:{content.hexdigest()}"
    pointer = f"version https://git-lfs.github.com/spec/v1\n{oid}\nsize {size}\n".encode()
    return hashlib.new(source.object_format, b"blob %d\0" % len(pointer) + pointer).hexdigest()
