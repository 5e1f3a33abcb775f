"""What submodules' work trees have that the commit of the repository around them does not say.

A submodule's folder is empty until a step runs ``git submodule update``. What is not committed in it comes as a commit
of the copied repository, at which that command arrives.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path

from ...git.call import GitError, ask, isolated_git
from ...git.user_repository import GITLINK, Source
from ...git.user_submodules import State, Submodule, open_submodule, read_state, read_submodules
from .repository import write_text

_PERSON = {"NAME": "nox-circleci", "EMAIL": "nox-circleci@localhost", "DATE": "2000-01-01T00:00:00Z"}
_AUTHOR = {f"GIT_{who}_{what}": value for who in ("AUTHOR", "COMMITTER") for what, value in _PERSON.items()}
"""Always the same: the same files make the same commit."""


def move_submodules(
    source: Source, modules: Sequence[Submodule], folder: Path, moved: Sequence[str], say: Callable[[str], None]
) -> None:
    """Let the job's index name the commits at which the user's submodules stand, ``moved`` being those of another."""
    commits = {path: _standing(source, path) for path in moved}
    for path in moved:
        say(f"submodule {path} is at another commit than the committed one")
    commits |= dict(commits_of_changes(source, modules, folder / ".git", say))
    entries = "".join(f"{GITLINK} {commit}\t{path}\0" for path, commit in commits.items() if commit)
    if entries:
        isolated_git(folder, "update-index", "-z", "--index-info", given=entries)


def commits_of_changes(
    source: Source, modules: Sequence[Submodule], folder: Path, say: Callable[[str], None]
) -> Iterator[tuple[str, str]]:
    """Yield the submodules with uncommitted files, each with a commit that has them, made in the copy in a ``.git``."""
    for module in modules:
        inner = open_submodule(source, module)
        if not inner:
            continue
        target = folder / "modules" / module.name
        below = dict(commits_of_changes(inner, read_submodules(inner), target, say))
        try:
            state = read_state(inner)
            commit = _commit(inner, state, below, target) if state.files or below else ""
        except GitError as error:
            say(f"the uncommitted files of submodule {module.path} are left out: {error}")
            continue
        if state.files:
            say(f"submodule {module.path} has {_counted(len(state.files))} as a commit of its own")
        if commit:
            yield module.path, commit


def _commit(source: Source, state: State, below: Mapping[str, str], target: Path) -> str:
    """Make a commit of a work tree's state in a copy of its repository; return its id."""
    index = target / "uncommitted"
    places = {"GIT_DIR": str(target), "GIT_WORK_TREE": str(source.root), "GIT_INDEX_FILE": str(index)}

    def git(*args: str, given: str | None = None) -> str:
        return isolated_git(source.root, *args, given=given, variables={**places, **_AUTHOR}).strip()

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
