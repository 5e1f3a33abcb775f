"""What submodules' work trees have that the commit of the repository around them does not say.

A submodule's folder is empty until a step runs ``git submodule update``. What is not committed in it comes as a commit
of the copied repository, at which that command arrives.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from ...git.call import ask, read_settings
from ..failures import StepError
from .repository import GITLINK, OWN_STATE, Source, own_git, write_text
from .submodules import Submodule, is_plain, read_submodules

_PERSON = {"NAME": "nox-circleci", "EMAIL": "nox-circleci@localhost", "DATE": "2000-01-01T00:00:00Z"}
_AUTHOR = {f"GIT_{who}_{what}": value for who in ("AUTHOR", "COMMITTER") for what, value in _PERSON.items()}
"""Always the same: the same files make the same commit."""


@dataclass(frozen=True, slots=True)
class State:
    """What a submodule's work tree has: its commit, and the files that differ from that."""

    head: str
    files: tuple[str, ...] = ()


def uncommitted(source: Source) -> int:
    """Return how many files differ from what is committed in the submodules, and in theirs."""
    count = 0
    for module in read_submodules(source):
        inner = _inner(source, module)
        if inner:
            with contextlib.suppress(StepError):  # the checkout step says it
                count += len(_state(inner).files)
            count += uncommitted(inner)
    return count


def move_submodules(
    source: Source, modules: Sequence[Submodule], folder: Path, moved: Sequence[str], say: Callable[[str], None]
) -> None:
    """Let the job's index name the commits at which the user's submodules stand, ``moved`` being those of another."""
    commits = {path: _standing(source, path) for path in moved}
    for path in moved:
        say(f"submodule {path} stands at another commit than the one that is committed")
    commits |= dict(commits_of_changes(source, modules, folder / ".git", say))
    entries = "".join(f"{GITLINK} {commit}\t{path}\0" for path, commit in commits.items() if commit)
    if entries:
        own_git(folder, "update-index", "-z", "--index-info", given=entries)


def commits_of_changes(
    source: Source, modules: Sequence[Submodule], folder: Path, say: Callable[[str], None]
) -> Iterator[tuple[str, str]]:
    """Yield the submodules with uncommitted files, each with a commit that has them, made in the copy in a ``.git``."""
    for module in modules:
        inner = _inner(source, module)
        if not inner:
            continue
        target = folder / "modules" / module.name
        below = dict(commits_of_changes(inner, read_submodules(inner), target, say))
        try:
            state = _state(inner)
            commit = _commit(inner, state, below, target) if state.files or below else ""
        except StepError as error:
            say(f"the uncommitted files of submodule {module.path} do not come along: {error}")
            continue
        if state.files:
            say(f"submodule {module.path} has {_counted(len(state.files))} as a commit of its own")
        if commit:
            yield module.path, commit


def _inner(source: Source, module: Submodule) -> Source | None:
    """Return a submodule as a repository of its own; None if it has no work tree."""
    root = source.root / module.path
    if not is_plain(source.root, f"{module.path}/.git"):
        return None
    settings = read_settings(root)
    return Source(root, module.repository, module.repository / "modules", source.object_format, settings)


def _state(source: Source) -> State:
    options = ("--porcelain=v2", "--branch", "--untracked-files=all", "--no-renames", "--ignore-submodules=dirty", "-z")
    fields = source.read("status", *options).split("\0")
    head = next((field.split(" ")[2] for field in fields if field.startswith("# branch.oid ")), "")
    if head in ("", "(initial)"):
        raise StepError("it has no commit")
    changed = (_path(field) for field in fields)
    return State(head, tuple(path for path in changed if path and OWN_STATE not in path.split("/")))


def _path(field: str) -> str:
    """Return the path of a line of ``git status --porcelain=v2``; empty for none, and for a repository within."""
    words = {"1": 8, "u": 10, "?": 1}.get(field[:1], 0)
    path = field.split(" ", words)[-1] if words else ""
    return "" if path.endswith("/") else path


def _commit(source: Source, state: State, below: Mapping[str, str], target: Path) -> str:
    """Make a commit of a work tree's state in a copy of its repository; return its id."""
    index = target / "uncommitted"
    places = {"GIT_DIR": str(target), "GIT_WORK_TREE": str(source.root), "GIT_INDEX_FILE": str(index)}

    def git(*args: str, given: str | None = None) -> str:
        return own_git(source.root, *args, given=given, variables={**places, **_AUTHOR}).strip()

    try:
        git("read-tree", state.head)
        git("update-index", "--add", "--remove", "-z", "--stdin", given="".join(f"{path}\0" for path in state.files))
        if below:
            lines = (f"{GITLINK} {commit}\t{path}\0" for path, commit in below.items())
            git("update-index", "-z", "--index-info", given="".join(lines))
        commit = git("commit-tree", git("write-tree"), "-p", state.head, "-m", "Uncommitted files")
        write_text(target / "HEAD", f"{commit}\n")  # update fetches what no reference leads to
        return commit
    finally:
        index.unlink(missing_ok=True)


def _counted(files: int) -> str:
    return "1 uncommitted file: it comes" if files == 1 else f"{files} uncommitted files: they come"


def _standing(source: Source, path: str) -> str:
    return ask(source.root, "-C", path, "rev-parse", "HEAD").stdout.strip()
