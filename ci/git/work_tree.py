"""The user's work tree: where it is, and what is wrong with a repository that git does not read."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from pathlib import Path

from ..dataclass import dataclass, field
from ..errors import Problem, UsageError
from ..process import NOT_FOUND, Captured
from .call import ask, complaint
from .user_repository import Source

_ADVICE = r"^\s*(git config --global --add safe\.directory .+)$"


@dataclass(frozen=True, slots=True)
class WorkTree:
    """The user's work tree, which a job's ``checkout`` step copies."""

    root: Path
    """Its top, or the project's folder if there is no repository."""
    repository: bool
    revision: str = ""
    branch: str = ""
    tag: str = ""
    dirty: int = 0
    """How many files differ from the revision, untracked and not ignored ones counted."""
    source: Source | None = field(default=None, compare=False, repr=False)
    """Its repository as it was read; None if there is none, or if it is read when it is copied."""


@dataclass(frozen=True, slots=True)
class Place:
    """Where git finds the repository of a folder."""

    top: Path
    folder: Path
    """The ``.git`` that all its worktrees share."""
    modules: Path
    """Where the repositories of this work tree's submodules are."""
    object_format: str


PLACE = ("rev-parse", "--git-common-dir", "--git-path", "modules", "--show-object-format", "--show-toplevel")
"""The question that ``find_place`` asks."""


def find_place(folder: Path, asked: Captured | None = None) -> Place | None:
    """Return where the repository that holds a folder is; None if there is no repository.

    ``asked`` is the answer to PLACE if it is there already. Raises UsageError for a ``.git`` that git does not read,
    or that makes it take another folder for the work tree.
    """
    asked = asked or ask(folder, *PLACE)
    common, modules, object_format, top = asked.stdout.split("\n", 3) if asked.ok else ("", "", "", "")
    found = Path(top.rstrip("\n")) if asked.ok else None
    if found and not (os.path.lexists(found / ".git") and any(each.samefile(found) for each in _upwards(folder))):
        hint = "Remove the setting: git config --unset core.worktree"
        raise UsageError(Problem(f"core.worktree makes git take {found} for the work tree of {folder}", None, hint))
    marked = next(_marked(folder, found), None)
    if marked:
        raise not_read(marked, asked)
    return Place(found, _from(folder, common), _from(folder, modules), object_format) if found else None


def _from(folder: Path, path: str) -> Path:
    """Return a path that git has printed; git takes the folder that it runs in without links."""
    return Path(os.path.normpath(folder.resolve() / path))


def _upwards(folder: Path) -> tuple[Path, ...]:
    return (folder.resolve(), *folder.resolve().parents)


def _marked(folder: Path, top: Path | None) -> Iterator[Path]:
    """Yield the folders from one upwards that have a ``.git``, as far as git looks: to the top or the file system's."""
    start, device = folder.resolve(), folder.stat().st_dev
    ceilings = os.environ.get("GIT_CEILING_DIRECTORIES", "").split(os.pathsep)
    for each in _upwards(folder):
        if (top and each.samefile(top)) or each.stat().st_dev != device or (each != start and str(each) in ceilings):
            return
        if _is_repository(each / ".git"):
            yield each


def _is_repository(place: Path) -> bool:
    try:
        return place.is_file() or any(place.iterdir())
    except (FileNotFoundError, NotADirectoryError):
        return place.is_symlink()
    except PermissionError:
        return True


def not_read(folder: Path, failed: Captured) -> UsageError:
    """Return the error for a repository that git does not read: git's words, and what to type."""
    if failed.status == NOT_FOUND:
        hint = "Install it: sudo apt-get install git   (macOS: xcode-select --install)"
        return UsageError(Problem(f"{folder} is a git repository, and there is no git on PATH", None, hint))
    import shlex

    place = shlex.quote(str(folder))
    advice = re.search(_ADVICE, failed.stderr, re.MULTILINE)
    if "dubious ownership" in failed.stderr or "unsafe repository" in failed.stderr:
        hint = f"If you trust it: {advice[1] if advice else f'git config --global --add safe.directory {place}'}"
    else:
        hint = f"See git -C {place} status. To run on its plain files: mv {place}/.git {place}/.git.damaged"
    reason = complaint(failed) if not failed.ok else "another repository around it was found"
    return UsageError(Problem(f"git does not read the repository in {folder}: {reason}", None, hint))
