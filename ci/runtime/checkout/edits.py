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
from ...git.user_repository import OWN_STATE
from ...git.work_tree import WorkTree
from ..box import Box, StepCommand
from ..failures import StepError
from ..files.archive import pack

Stamp = tuple[int, int, int]
"""A file's mode, size and time of change in nanoseconds."""
Stamps = Mapping[str, Stamp]
SECONDS = 60.0
_REMOVE = 'xargs -0 rm -f -- < "$REMOVED_FILES"'


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
    """Return what a checkout takes of the user's files now, submodules aside, each with its stamp."""
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
        listed = source.read("ls-files", "-z", "--cached", "--others", "--exclude-standard")
        yield from (path for path in listed.split("\0") if path and not path.endswith("/"))
        return
    for folder, folders, files in os.walk(work_tree.root):
        folders[:] = [name for name in folders if name != OWN_STATE]
        yield from (os.path.relpath(os.path.join(folder, name), work_tree.root) for name in (*files, *folders))


def edits_between(before: Stamps, after: Stamps) -> Edits:
    """Return what differs between two moments."""
    changed = sorted(path for path, stamp in after.items() if before.get(path) != stamp)
    return Edits(tuple(changed), tuple(sorted(before.keys() - after.keys())))


def bring_in(box: Box, at: str, work_tree: WorkTree, edits: Edits) -> None:
    """Put the edited files into a checkout at a path of the box. Raise StepError if that cannot be."""
    if edits.removed:
        _remove(box, at, edits.removed)
    if edits.changed:
        with tempfile.TemporaryFile() as archive:
            try:
                pack(str(work_tree.root), edits.changed, archive)
                archive.seek(0)
                box.unpack(archive, at)
            except OSError as error:
                raise StepError(f"the edited files could not be copied: {error}") from error


def _remove(box: Box, at: str, paths: tuple[str, ...]) -> None:
    names = join(box.task_data, "removed")
    box.write(names, b"".join(os.fsencode(path) + b"\0" for path in paths))
    output: list[bytes] = []
    environment = (("REMOVED_FILES", names),)
    command = StepCommand(_REMOVE, box.default_shell, environment, at, no_output_timeout=SECONDS)
    ended = box.run(command, output.append, threading.Event())
    if ended.status:
        raise StepError(f"the removed files could not be removed: {b''.join(output).decode(errors='replace').strip()}")
