"""The ``checkout`` step: the user's checkout, with what is not committed, as the job's own repository.

https://circleci.com/docs/reference/configuration-reference/#checkout
"""

from __future__ import annotations

import os
import re
import threading
from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from pathlib import Path

from ...git.call import GitError, isolated_git
from ...git.reading import GitReading
from ...git.user_repository import OWN_STATE, Source
from ...git.user_submodules import read_submodules
from ...git.work_tree import WorkTree
from ...system.cancellation import Check, unchecked
from ...system.file_copy import copy_entry
from ..box import Box
from ..failures import StepError
from ..progress import folder_size
from ..seen import CheckoutFacts
from .changes import Changes, apply, read_changes
from .lfs import write_lfs
from .ownership import Ownership
from .repository import CheckoutHead, add_objects, make_repository, remove_repository
from .submodule_changes import move_submodules
from .submodules import copy_submodules

_NO_NAME = re.compile(
    r"""[\x00-\x20\x7f~^:?*\[\\] | \.\. | // | @\{ | \A[-/] | /\Z | (?:\A|/)\. | \.\Z | \.lock(?:/|\Z)""",
    re.VERBOSE,
)
"""What a name has that git refuses. https://git-scm.com/docs/git-check-ref-format"""
_NO_LFS = ("filter.lfs.smudge=", "filter.lfs.process=", "filter.lfs.required=false")
Say = Callable[[str], None]
Note = Callable[[CheckoutFacts], None]
Watch = Callable[[str, Callable[[], str]], AbstractContextManager[None]]
"""Reports work by its name, and how far it has come, while a block lasts."""


def unwatched(task: str, measure: Callable[[], str]) -> AbstractContextManager[None]:
    """Report nothing."""
    return nullcontext()


def check_out(
    box: Box,
    path: str,
    work_tree: WorkTree,
    say: Say,
    ownership: Ownership,
    watch: Watch = unwatched,
    note: Note | None = None,
) -> None:
    """Put the user's checkout at a path of the box, while ``watch`` looks. Raise StepError if that cannot be.

    ``note`` gets what the job has of it.
    """
    say(describe(work_tree, path))
    folders: list[str] = []

    def write(folder: str) -> None:
        folders.append(folder)
        write_tree(Path(folder), work_tree, say, ownership, note, box.check)

    with watch("copying the checkout", lambda: folder_size(folders[0]) if folders else ""):
        box.checkout(path, write)


def hand_in(box: Box, name: str, work_tree: WorkTree, say: Say) -> str:
    """Put a folder of the user's where the box's steps find it, as ``checkout`` does; its path in there."""

    def write(folder: str) -> None:
        state = _revision(work_tree) + _dirty(work_tree) if work_tree.repository else ""
        say(f"a copy of {work_tree.root}{state}")
        write_tree(Path(folder), work_tree, say, check=box.check)

    return box.place(name, str(work_tree.root), write)


def describe(work_tree: WorkTree, path: str) -> str:
    """Return one line on what comes, and where."""
    if not work_tree.repository:
        return f"Copying {work_tree.root} to {path}: a folder, not a git repository"
    place = work_tree.tag or work_tree.branch or "detached HEAD"
    return f"Checking out {place}{_revision(work_tree)} to {path}{_dirty(work_tree)}"


def _revision(work_tree: WorkTree) -> str:
    return f" at {work_tree.revision[:12] or 'its beginning'}"


def _dirty(work_tree: WorkTree) -> str:
    if not work_tree.dirty:
        return ""
    return f", with {work_tree.dirty} uncommitted file{'' if work_tree.dirty == 1 else 's'}"


def write_tree(
    folder: Path,
    work_tree: WorkTree,
    say: Say,
    ownership: Ownership | None = None,
    note: Note | None = None,
    check: Check = unchecked,
) -> None:
    """Write the user's checkout into a folder that holds no file yet, or over a repository that the job owns.

    Raise StepError for a folder with something else in it, as a repository that this job did not make; or what
    ``check`` does.
    """
    ownership = ownership or Ownership()
    try:
        folder.mkdir(parents=True, exist_ok=True)
        taken = not holds_only_folders(folder)
        if taken:
            _refuse_foreign(folder, work_tree, ownership)
        if work_tree.repository:
            _write_repository(folder, work_tree, not taken, say, note, check)
        else:
            copy_all(work_tree.root, folder, check)
            if note:
                from .facts import folder_facts, sure

                note(sure(lambda: folder_facts(work_tree.root, folder)))
        ownership.remember(folder)
    except GitError as error:
        raise StepError(str(error)) from error
    except OSError as error:
        raise StepError(f"the checkout could not be copied: {error}") from error


def holds_only_folders(folder: Path) -> bool:
    """Return whether there is nothing below a folder but folders, as those made for a ``working_directory``."""
    with os.scandir(folder) as entries:
        return all(each.is_dir(follow_symlinks=False) and holds_only_folders(Path(each.path)) for each in entries)


def _refuse_foreign(folder: Path, work_tree: WorkTree, ownership: Ownership) -> None:
    """Raise StepError unless a folder holds a repository that the job may replace."""
    if not work_tree.repository or not os.path.lexists(folder / ".git"):
        raise StepError(f"Directory ({folder}) you are trying to checkout to is not empty and not a git repository")
    if not ownership.covers(folder):
        raise StepError(
            f"Directory ({folder}) holds a git repository that this job did not make, and checkout would overwrite it. "
            "Check out to another path, change working_directory, or run in a container: --engine docker"
        )


def copy_all(source: Path, target: Path, check: Check = unchecked) -> None:
    """Copy the files of a folder that is not a repository, ``.nox`` aside. Raise OSError, or what ``check`` does."""
    for folder, folders, files in os.walk(source):
        within = target / os.path.relpath(folder, source)
        links = [name for name in folders if os.path.islink(os.path.join(folder, name))]
        folders[:] = [name for name in folders if name not in (OWN_STATE, *links)]
        within.mkdir(exist_ok=True)
        for name in (*files, *links):
            copy_entry(os.path.join(folder, name), os.path.join(within, name), check)


def _write_repository(folder: Path, work_tree: WorkTree, new: bool, say: Say, note: Note | None, check: Check) -> None:
    source = work_tree.source or GitReading(work_tree.root).source
    if source is None:
        raise StepError(f"{work_tree.root} is not a git repository any more")
    reading = _Reading(source, work_tree.revision)
    modules = read_submodules(source)
    index = None if new else remove_repository(folder)
    make_repository(source, folder, head_of(work_tree))
    if index:  # so that git removes the files that it tracked
        index.write(folder / ".git" / "index")
    check()
    add_objects(source, folder / ".git")
    copy_submodules(source, modules, folder / ".git")
    check()
    if work_tree.revision:
        _write_files(folder)
    changes = reading.result()
    apply(changes, source, folder, check)
    write_lfs(source, folder, changes, check)
    move_submodules(source, modules, folder, changes.submodules, say)
    for name, count in changes.unfiltered:
        say(f"filter {name!r} of this repository's own .git/config is not run: {_copied(count)}")
    if note:
        from .facts import repository_facts, sure

        note(sure(lambda: repository_facts(source, work_tree, changes, folder)))


def _copied(count: int) -> str:
    return "1 file is copied as it is" if count == 1 else f"{count} files are copied as they are"


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


def head_of(work_tree: WorkTree) -> CheckoutHead:
    """Return where a job's repository stands; StepError for a name that git does not take."""
    if work_tree.branch and not work_tree.tag:
        return CheckoutHead(work_tree.revision, f"refs/heads/{_checked(work_tree.branch)}")
    return CheckoutHead(work_tree.revision, tag=f"refs/tags/{_checked(work_tree.tag)}" if work_tree.tag else "")


def _checked(name: str) -> str:
    if _NO_NAME.search(name):
        raise StepError(f"{name!r} is not a name that git takes for a branch or tag")
    return name


def _write_files(folder: Path) -> None:
    workers = f"checkout.workers={os.cpu_count() or 1}"
    settings = [word for each in (workers, *_NO_LFS) for word in ("-c", each)]
    isolated_git(folder, *settings, "reset", "--quiet", "--hard")
