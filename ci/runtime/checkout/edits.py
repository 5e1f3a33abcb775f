"""Files that the user has edited since a job's ``checkout``, put into that checkout while the job is paused.

The rules are the checkout's: what git ignores never comes, deletions do. The user's own folder is only read.
"""

from __future__ import annotations

import os
import stat
import tempfile
import threading
from collections.abc import Iterator, Mapping
from posixpath import join

from ...dataclass import dataclass
from ...git.reading import GitReading
from ...git.user_repository import OWN_STATE, Source
from ...git.user_submodules import open_submodule, read_submodules
from ...git.work_tree import WorkTree
from ..box import Box, StepCommand
from ..failures import StepError
from ..files.archive import pack

Stamp = tuple[int, int, int]
"""A file's mode, size and time of change in nanoseconds."""
Stamps = Mapping[str, Stamp]
SECONDS = 60.0
_REMOVE = 'xargs -0 rm -f -- < "$NAMES"'
_EMPTY = 'while IFS= read -r each; do test -e "$each/.git" || printf "%s\\n" "$each"; done < "$NAMES"'
"""Prints the submodules that have no work tree."""


@dataclass(frozen=True, slots=True)
class Edits:
    """Paths below the user's work tree, sorted."""

    changed: tuple[str, ...] = ()
    """New ones too."""
    removed: tuple[str, ...] = ()

    def lines(self) -> tuple[str, ...]:
        """Return a line for each file, as git's short status marks them."""
        return (*(f"M {path}" for path in self.changed), *(f"D {path}" for path in self.removed))


def stamps(work_tree: WorkTree) -> Stamps:
    """Return what a checkout takes of the user's files now, those of submodules too, each with its stamp."""
    found = {}
    for path in _paths(work_tree):
        try:
            status = os.lstat(work_tree.root / path)
        except OSError:
            continue  # gone: git still has it in its index
        if not stat.S_ISDIR(status.st_mode):
            found[path] = (status.st_mode, status.st_size, status.st_mtime_ns)
    return found


def _paths(work_tree: WorkTree) -> Iterator[str]:
    source = GitReading(work_tree.root).source if work_tree.repository else None
    if source is not None:
        yield from _of_repository(source)
        return
    for folder, folders, files in os.walk(work_tree.root):
        folders[:] = [name for name in folders if name != OWN_STATE]
        yield from (os.path.relpath(os.path.join(folder, name), work_tree.root) for name in (*files, *folders))


def _of_repository(source: Source) -> Iterator[str]:
    listed = source.read("ls-files", "-z", "--cached", "--others", "--exclude-standard")
    yield from (path for path in listed.split("\0") if path and not path.endswith("/"))
    for module, inner in _submodules(source):
        yield from (f"{module}/{path}" for path in _of_repository(inner))


def _submodules(source: Source) -> Iterator[tuple[str, Source]]:
    for module in read_submodules(source):
        inner = open_submodule(source, module)
        if inner:
            yield module.path, inner


def _submodule_paths(source: Source) -> Iterator[str]:
    for path, inner in _submodules(source):
        yield path
        yield from (f"{path}/{below}" for below in _submodule_paths(inner))


def edits_between(before: Stamps, after: Stamps) -> Edits:
    """Return what differs between two moments."""
    changed = sorted(path for path, stamp in after.items() if before.get(path) != stamp)
    return Edits(tuple(changed), tuple(sorted(before.keys() - after.keys())))


def bring_in(box: Box, at: str, work_tree: WorkTree, before: Stamps) -> tuple[tuple[str, ...], Stamps]:
    """Put what was edited since into a checkout at a path of the box.

    Return a line for each file or submodule, and what the checkout has now. The files of a submodule that the job has
    not checked out are left out: git would not check it out over them. Raise StepError if it cannot be.
    """
    now = stamps(work_tree)
    edits = edits_between(before, now)
    edits, left = _without(edits, _absent_submodules(box, at, work_tree, edits))
    if edits.removed:
        _run_on(box, at, _REMOVE, "removed", edits.removed)
    if edits.changed:
        with tempfile.TemporaryFile() as archive:
            try:
                pack(str(work_tree.root), edits.changed, archive)
                archive.seek(0)
                box.unpack(archive, at)
            except OSError as error:
                raise StepError(f"the edited files could not be copied: {error}") from error
    lines = (f"! {path} is a submodule that the job has not checked out: left out" for path in left)
    return (*edits.lines(), *lines), _as_before(before, now, left)


def _absent_submodules(box: Box, at: str, work_tree: WorkTree, edits: Edits) -> tuple[str, ...]:
    """Return the submodules with edits that have no work tree in a checkout."""
    source = GitReading(work_tree.root).source if work_tree.repository and (edits.changed or edits.removed) else None
    paths = tuple(_submodule_paths(source)) if source else ()
    edited = tuple(each for each in paths if _without(edits, (each,))[1])
    return tuple(_run_on(box, at, _EMPTY, "submodules", edited, end=b"\n").splitlines()) if edited else ()


def _as_before(before: Stamps, now: Stamps, left: tuple[str, ...]) -> Stamps:
    """Return the stamps of now, but those of before in the folders that were left out."""
    inside = tuple(f"{each}/" for each in left)
    kept = {path: stamp for path, stamp in now.items() if not path.startswith(inside)}
    return kept | {path: stamp for path, stamp in before.items() if path.startswith(inside)}


def _without(edits: Edits, folders: tuple[str, ...]) -> tuple[Edits, tuple[str, ...]]:
    """Return the edits outside of some folders, and those of the folders that have any."""
    inside = tuple(f"{each}/" for each in folders)
    kept = Edits(*(tuple(path for path in paths if not path.startswith(inside)) for paths in _both(edits)))
    left = (each for each in folders if any(path.startswith(f"{each}/") for paths in _both(edits) for path in paths))
    return kept, tuple(left)


def _both(edits: Edits) -> tuple[tuple[str, ...], tuple[str, ...]]:
    return edits.changed, edits.removed


def _run_on(box: Box, at: str, script: str, name: str, paths: tuple[str, ...], end: bytes = b"\0") -> str:
    """Run a script on paths below a checkout, which it reads from the file NAMES; return its output."""
    names = join(box.task_data, name)
    box.write(names, b"".join(os.fsencode(path) + end for path in paths))
    output: list[bytes] = []
    command = StepCommand(script, box.default_shell, (("NAMES", names),), at, no_output_timeout=SECONDS)
    ended = box.run(command, output.append, threading.Event())
    text = os.fsdecode(b"".join(output))
    if ended.status:
        raise StepError(f"the edited files could not be brought in: {text.strip()}")
    return text
