"""Which submodules the user has, and what in their work trees is not committed; nothing is written.

A submodule counts if the index has it. What ``.gitmodules`` says is text of the repository, which may name any place.
"""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterable
from pathlib import Path

from ..dataclass import dataclass
from .call import GitError, read_settings
from .user_repository import GITLINK, OWN_STATE, Source


@dataclass(frozen=True, slots=True)
class Submodule:
    """A submodule whose repository the user has."""

    name: str
    path: str
    """Of its work tree, relative to the top."""
    repository: Path


def read_submodules(source: Source) -> tuple[Submodule, ...]:
    """Return the submodules whose repositories the user has, those of the submodules themselves aside."""
    if not is_plain(source.root, ".gitmodules") or not (source.root / ".gitmodules").is_file():
        return ()
    listed = source.git("config", "-z", "--file", ".gitmodules", "--get-regexp", r"^submodule\..*\.path$")
    entries = (entry.partition("\n") for entry in listed.stdout.split("\0") if entry)
    paths = {key[len("submodule.") : -len(".path")]: path for key, _, path in entries}
    paths = {name: path for name, path in paths.items() if _stays_below(name) and _stays_below(path)}
    tracked = _gitlinks(source, paths.values())
    found = ((name, path, _repository(source, name, path)) for name, path in paths.items() if path in tracked)
    return tuple(Submodule(name, path, repository) for name, path, repository in found if repository)


def is_plain(base: Path, relative: str) -> bool:
    """Return whether a path below a folder is there and leads through no link."""
    place = os.fspath(base)
    for part in relative.split("/"):
        place = f"{place}/{part}"
        if os.path.islink(place) or not os.path.lexists(place):
            return False
    return True


def _stays_below(name: str) -> bool:
    """Return whether a name or path leads nowhere but down. Git itself refuses the others as names."""
    parts = name.replace("\\", "/").split("/")
    return not {"", ".", "..", ".git"}.intersection(part.lower() for part in parts)


def _gitlinks(source: Source, paths: Iterable[str]) -> set[str]:
    asked = list(paths)
    if not asked:
        return set()
    listed = source.git("--literal-pathspecs", "ls-files", "-s", "-z", "--", *asked).stdout.split("\0")
    entries = (entry.partition("\t") for entry in listed if entry)
    return {path for entry, _, path in entries if entry.startswith(f"{GITLINK} ")}


def _repository(source: Source, name: str, path: str) -> Path | None:
    places = ((source.modules, name), (source.root, f"{path}/.git"))
    return next((base / within for base, within in places if is_plain(base, f"{within}/objects")), None)


@dataclass(frozen=True, slots=True)
class State:
    """What a submodule's work tree has: its commit, and the files that differ from that."""

    head: str
    files: tuple[str, ...] = ()


def uncommitted(source: Source) -> int:
    """Return how many files differ from what is committed in the submodules, and in theirs."""
    count = 0
    for module in read_submodules(source):
        inner = open_submodule(source, module)
        if inner:
            with contextlib.suppress(GitError):  # the checkout step says it
                count += len(read_state(inner).files)
            count += uncommitted(inner)
    return count


def open_submodule(source: Source, module: Submodule) -> Source | None:
    """Return a submodule as a repository of its own; None if it has no work tree."""
    root = source.root / module.path
    if not is_plain(source.root, f"{module.path}/.git"):
        return None
    settings = read_settings(root)
    return Source(root, module.repository, module.repository / "modules", source.object_format, settings)


def read_state(source: Source) -> State:
    """Return what a submodule's work tree has. Raises GitError if it has no commit, or git fails."""
    options = ("--porcelain=v2", "--branch", "--untracked-files=all", "--no-renames", "--ignore-submodules=dirty", "-z")
    fields = source.read("status", *options).split("\0")
    head = next((field.split(" ")[2] for field in fields if field.startswith("# branch.oid ")), "")
    if head in ("", "(initial)"):
        raise GitError("it has no commit")
    changed = (_changed_path(field) for field in fields)
    return State(head, tuple(path for path in changed if path and OWN_STATE not in path.split("/")))


def _changed_path(field: str) -> str:
    """Return the path of a line of ``git status --porcelain=v2``; empty for none, and for a repository within."""
    words = {"1": 8, "u": 10, "?": 1}.get(field[:1], 0)
    path = field.split(" ", words)[-1] if words else ""
    return "" if path.endswith("/") else path
