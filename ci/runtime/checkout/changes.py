"""How the user's work tree differs from a revision, and a job's work tree made like it."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path

from ...dataclass import dataclass
from ...git.user_repository import GITLINK, OWN_STATE, Source
from ...system.cancellation import Check, unchecked
from ...system.file_copy import copy_entry


@dataclass(frozen=True, slots=True)
class Changes:
    """How the user's work tree differs from a revision; paths are relative to its top."""

    copied: tuple[str, ...] = ()
    removed: tuple[str, ...] = ()
    submodules: tuple[str, ...] = ()
    """Those that stand at another commit."""
    unfiltered: tuple[tuple[str, int], ...] = ()
    """Filters that are not run, each with the number of copied files that have it."""


def read_changes(source: Source, revision: str) -> Changes:
    """Return what is not committed: changed, new and deleted files, without ignored ones and ``.nox``."""
    copied = [path for path in untracked(source) if OWN_STATE not in path.split("/")]
    removed: list[str] = []
    moved: list[str] = []
    if not revision:
        copied += [path for path in source.read("ls-files", "-z").split("\0") if path]
    for mode, status, path in _differences(source, revision) if revision else ():
        (removed if status == "D" else moved if mode == GITLINK else copied).append(path)
    return Changes(tuple(copied), tuple(removed), tuple(moved), tuple(_unfiltered(source, copied)))


def _unfiltered(source: Source, paths: Sequence[str]) -> Iterator[tuple[str, int]]:
    names = source.settings.not_run()
    if not names or not paths:
        return
    fields = source.read("check-attr", "-z", "--stdin", "filter", given="".join(f"{path}\0" for path in paths))
    found = Counter(fields.split("\0")[2::3])
    yield from ((name, found[name]) for name in names if found[name])


def untracked(source: Source) -> Iterator[str]:
    """Return the files that git neither knows nor ignores; of a repository within, those that it does not ignore."""
    for path in source.read("ls-files", "-z", "--others", "--exclude-standard").split("\0"):
        if not path.endswith("/"):
            if path:
                yield path
            continue
        within = source.git("-C", path, "ls-files", "-z", "--cached", "--others", "--exclude-standard")
        yield from (path + name for name in within.stdout.split("\0") if name and not name.endswith("/"))


def _differences(source: Source, revision: str) -> Iterator[tuple[str, str, str]]:
    options = ("--raw", "-z", "--no-renames", "--no-ext-diff", "--no-textconv", "--ignore-submodules=dirty")
    fields = iter(source.read("diff", *options, revision, "--").split("\0"))
    for head in fields:
        if head.startswith(":"):
            _, mode, _, _, status = head[1:].split(" ")
            yield mode, status, next(fields)


def apply(changes: Changes, source: Source, folder: Path, check: Check = unchecked) -> None:
    """Make a work tree at the revision like the user's. Raise OSError, or what ``check`` does."""
    for path in changes.removed:
        _remove(folder, path)
    made: set[str] = set()
    for path in changes.copied:
        make_parents(folder, os.path.dirname(path), made)
        try:
            copy_entry(f"{source.root}/{path}", f"{folder}/{path}", check)
        except FileNotFoundError:
            continue  # gone since it was listed


def make_parents(folder: Path, parent: str, made: set[str]) -> None:
    """Make the folders of a path; a link or file in the way is replaced, so that nothing is written through it."""
    if not parent or parent in made:
        return
    make_parents(folder, os.path.dirname(parent), made)
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
