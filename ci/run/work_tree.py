"""The user's checkout as the run sees it: where it is, at which revision, how many files differ from it."""

from __future__ import annotations

import os
import re
import shlex
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

from ..errors import Problem, UsageError
from ..git.call import ask, complaint, read_settings
from ..process import NOT_FOUND, Captured
from ..runtime.task import WorkTree

_NO_COMMIT = "does not have any commits yet"
_ADVICE = re.compile(r"^\s*(git config --global --add safe\.directory .+)$", re.MULTILINE)


def read_work_tree(project: Path, branch: str | None = None, tag: str | None = None) -> WorkTree:
    """The repository that holds a project, or the bare folder where there is none.

    ``branch`` and ``tag`` are what the pipeline says, where the user chose them. Raises UsageError for a repository
    that git does not read.
    """
    top = find_top(project)
    if top is None:
        return WorkTree(root=project, repository=False, branch=branch or "", tag=tag or "")
    options = ("--porcelain=v2", "--branch", "--untracked-files=all", "--ignore-submodules=dirty", "-z")
    status = ask(top, "status", *options, settings=read_settings(top).overrides())
    headers, changes = _split(status.stdout)
    head = headers.get("branch.head", "")
    if not status.ok or head == "(unknown)":
        raise _unread(top, status if not status.ok else ask(top, "log", "-1"))
    if (top / ".gitmodules").is_file():
        changes += _in_submodules(top)
    revision = headers.get("branch.oid", "")
    return WorkTree(
        root=top,
        repository=True,
        revision="" if revision == "(initial)" else revision,
        branch="" if tag else branch if branch is not None else "" if head == "(detached)" else head,
        tag=tag or "",
        dirty=changes,
    )


def _in_submodules(top: Path) -> int:
    from ..runtime.checkout.repository import open_source
    from ..runtime.checkout.submodule_changes import uncommitted

    return uncommitted(open_source(top))


def find_top(folder: Path) -> Path | None:
    """Return the top of the work tree that holds a folder; None if there is no repository.

    Raises UsageError for a ``.git`` that git does not read, or that makes it take another folder for the work tree.
    """
    asked = ask(folder, "rev-parse", "--show-toplevel")
    top = Path(asked.stdout.rstrip("\n")) if asked.ok else None
    if top and not (os.path.lexists(top / ".git") and any(each.samefile(top) for each in _upwards(folder))):
        hint = "Remove the setting: git config --unset core.worktree"
        raise UsageError(Problem(f"core.worktree makes git take {top} for the work tree of {folder}", None, hint))
    marked = next(_marked(folder, top), None)
    if marked:
        raise _unread(marked, asked)
    return top


def unreadable(project: Path) -> tuple[Problem, ...]:
    """Return what is wrong with the repository that holds a project; nothing if git reads it, or if there is none."""
    try:
        top = find_top(project)
        log = ask(top, "log", "-1", "--format=") if top else None
        if top and log and not log.ok and _NO_COMMIT not in log.stderr:
            raise _unread(top, log)
    except UsageError as error:
        return error.problems
    return ()


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


def _unread(folder: Path, failed: Captured) -> UsageError:
    """Return the error for a repository that git does not read: git's words, and what to type."""
    if failed.status == NOT_FOUND:
        hint = "Install it: sudo apt-get install git   (macOS: xcode-select --install)"
        return UsageError(Problem(f"{folder} is a git repository, and there is no git on PATH", None, hint))
    place = shlex.quote(str(folder))
    advice = _ADVICE.search(failed.stderr)
    if "dubious ownership" in failed.stderr or "unsafe repository" in failed.stderr:
        hint = f"If you trust it: {advice[1] if advice else f'git config --global --add safe.directory {place}'}"
    else:
        hint = f"See git -C {place} status. To run on its plain files: mv {place}/.git {place}/.git.damaged"
    said = complaint(failed) if not failed.ok else "another repository around it was found"
    return UsageError(Problem(f"git does not read the repository in {folder}: {said}", None, hint))


def named_folders(names: Iterable[str], environ: Mapping[str, str]) -> tuple[tuple[str, WorkTree], ...]:
    """The folders that variables name by an absolute path, as they are: a repository's, or a bare folder."""
    paths = ((name, Path(environ[name])) for name in dict.fromkeys(names) if name in environ)
    return tuple((name, _whole(path)) for name, path in paths if path.is_absolute() and path.is_dir())


def _whole(folder: Path) -> WorkTree:
    found = read_work_tree(folder)
    return found if found.root == folder.resolve() else WorkTree(root=folder, repository=False)


def _split(porcelain: str) -> tuple[dict[str, str], int]:
    headers: dict[str, str] = {}
    changes = 0
    fields = iter(porcelain.split("\0"))
    for field in fields:
        if field.startswith("# "):
            key, _, value = field[2:].partition(" ")
            headers[key] = value
        elif field:
            if field.startswith("2 "):  # a rename: its old name is a field of its own
                next(fields, None)
            if not field.startswith("? .nox/"):
                changes += 1
    return headers, changes
