"""The user's checkout as the run sees it: where it is, at which revision, how many files differ from it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path

from ..process import capture
from ..runtime.task import Origin

GIT = ("git", "--no-optional-locks")


def read_origin(project: Path, branch: str | None = None, tag: str | None = None) -> Origin:
    """The repository that holds a project, or the bare folder where there is none.

    ``branch`` and ``tag`` are what the pipeline says, where the user chose them.
    """
    status = capture([*GIT, "status", "--porcelain=v2", "--branch", "--untracked-files=all", "-z"], cwd=project)
    if status.status != 0:
        return Origin(root=project, repository=False, branch=branch or "", tag=tag or "")
    top = capture([*GIT, "rev-parse", "--show-toplevel"], cwd=project).stdout.rstrip("\n")
    headers, changes = _split(status.stdout)
    head = headers.get("branch.head", "")
    revision = headers.get("branch.oid", "")
    return Origin(
        root=Path(top),
        repository=True,
        revision="" if revision == "(initial)" else revision,
        branch="" if tag else branch if branch is not None else "" if head == "(detached)" else head,
        tag=tag or "",
        dirty=changes,
    )


def named_folders(names: Iterable[str], environ: Mapping[str, str]) -> tuple[tuple[str, Origin], ...]:
    """The folders that variables name by an absolute path, as they are: a repository's, or a bare folder."""
    paths = ((name, Path(environ[name])) for name in dict.fromkeys(names) if name in environ)
    return tuple((name, _whole(path)) for name, path in paths if path.is_absolute() and path.is_dir())


def _whole(folder: Path) -> Origin:
    found = read_origin(folder)
    return found if found.root == folder.resolve() else Origin(root=folder, repository=False)


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
