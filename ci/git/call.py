"""How git is called: on the folder that is meant, and without the programs that a repository's own settings name."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from ..errors import Problem, UsageError
from ..process import Begun, Captured, begin, capture

USAGE = 129
"""The status with which git refuses an option that it does not know."""

NO_PROGRAMS = (
    "--no-optional-locks",
    *("-c", "core.fsmonitor=false"),
    *("-c", f"core.hooksPath={os.devnull}"),
)
"""Options that keep git from running hooks and a file system monitor, and from writing the index."""
_OTHER_REPOSITORY = (
    "GIT_ALTERNATE_OBJECT_DIRECTORIES",
    "GIT_ATTR_SOURCE",
    "GIT_COMMON_DIR",
    "GIT_CONFIG",
    "GIT_DEFAULT_HASH",
    "GIT_DIR",
    "GIT_EXTERNAL_DIFF",
    "GIT_GLOB_PATHSPECS",
    "GIT_GRAFT_FILE",
    "GIT_ICASE_PATHSPECS",
    "GIT_IMPLICIT_WORK_TREE",
    "GIT_INDEX_FILE",
    "GIT_INTERNAL_SUPER_PREFIX",
    "GIT_LITERAL_PATHSPECS",
    "GIT_NAMESPACE",
    "GIT_NOGLOB_PATHSPECS",
    "GIT_NO_REPLACE_OBJECTS",
    "GIT_OBJECT_DIRECTORY",
    "GIT_PREFIX",
    "GIT_QUARANTINE_PATH",
    "GIT_REPLACE_REF_BASE",
    "GIT_SHALLOW_FILE",
    "GIT_WORK_TREE",
)
"""Variables that point git at another repository than the folder's, or change what its answers mean.

``git rev-parse --local-env-vars`` lists most; what carries settings (GIT_CONFIG_COUNT) is the user's own, and stays.
"""
_FETCH_BY = "https:http:git:ssh:file"
"""How a job's partial clone may fetch what it lacks: not by a program that the user's .git/config names."""
_FILTER = ("clean", "smudge", "process")


def environment(environ: Mapping[str, str] | None = None) -> dict[str, str]:
    """Return the variables for a call of git: the user's, without those of another repository, without prompts.

    Nothing is fetched: a partial clone names where from, and by which program, in its own settings.
    """
    given = os.environ if environ is None else environ
    kept = {name: value for name, value in given.items() if name not in _OTHER_REPOSITORY}
    fixed = {"LC_ALL": "C", "GIT_OPTIONAL_LOCKS": "0", "GIT_TERMINAL_PROMPT": "0"}
    return {**kept, **fixed, "GIT_NO_LAZY_FETCH": "1", "GIT_ALLOW_PROTOCOL": "none"}


class GitError(Exception):
    """Git has failed; the text says at what, and why."""


def ask(
    folder: Path, *args: str, settings: Sequence[str] = (), given: str | None = None, timeout: float | None = None
) -> Captured:
    """Ask git about the repository of a folder; nothing is written. ``settings`` are ``GitSettings.overrides``."""
    return capture(["git", *NO_PROGRAMS, *settings, *args], folder, environment(), timeout, input=given)


def begin_asking(folder: Path, *args: str, settings: Sequence[str] = ()) -> Begun:
    """Ask as ``ask`` does, and go on: the answer is read when it is needed."""
    return begin(["git", *NO_PROGRAMS, *settings, *args], folder, environment())


def answer(captured: Captured, args: Sequence[str]) -> str:
    """Return what git has printed. Raises GitError if it has failed."""
    if not captured.ok:
        reason = "; ".join(captured.stderr.strip().splitlines()[-3:])
        raise GitError(f"git {_command(args)} failed with {captured.status}: {reason}")
    return captured.stdout


def _command(args: Sequence[str]) -> str:
    """Return what git was asked to do, without git's own options before it."""
    words = iter(args)
    for word in words:
        if word == "-c":
            next(words, "")
        elif not word.startswith("-"):
            return word
    return ""


def clone(address: str, folder: Path) -> Captured:
    """Clone what the user has named, bare: no hooks, no submodules, and no protocol that is a program."""
    allowed = {**environment(), "GIT_ALLOW_PROTOCOL": "file:git:http:https:ssh"}
    words = ("clone", "--quiet", "--bare", "--template=", "--", address, str(folder))
    return capture(["git", *NO_PROGRAMS, *words], env=allowed)


def isolated_git(work_tree: Path, *args: str, given: str | None = None, variables: dict[str, str] | None = None) -> str:
    """Run git in the job's repository, with no settings but the repository's own. Raise GitError if it fails."""
    kept = {name: value for name, value in environment().items() if not name.startswith("GIT_CONFIG")}
    kept |= {
        "GIT_ALLOW_PROTOCOL": _FETCH_BY,
        "GIT_ATTR_NOSYSTEM": "1",
        "GIT_CONFIG_GLOBAL": os.devnull,
        "GIT_CONFIG_NOSYSTEM": "1",
        "GIT_DEFAULT_REF_FORMAT": "files",
        "GIT_LFS_SKIP_SMUDGE": "1",
        "GIT_NO_LAZY_FETCH": "0",
    }
    words = ["git", "-c", f"core.attributesFile={os.devnull}", *args]
    return answer(capture(words, work_tree, kept | (variables or {}), input=given), args)


def complaint(failed: Captured) -> str:
    """Return the line in which git says why it failed."""
    lines = [line.strip() for line in failed.stderr.splitlines() if line.strip()]
    return next((line for line in lines if line.startswith("fatal: ")), lines[-1] if lines else f"exit {failed.status}")


SETTINGS = ("config", "--show-scope", "-z", "--list")
"""The question that ``read_settings`` asks."""


def read_settings(folder: Path, asked: Captured | None = None) -> GitSettings:
    """Return the settings that hold in a folder; ``asked`` is the answer to SETTINGS if it is there already.

    Raises UsageError if git is too old to report whose each is.
    """
    listed = asked or ask(folder, *SETTINGS)
    if listed.status == USAGE:
        hint = "Use git 2.26 or newer: an older one does not say which settings are the repository's own."
        raise UsageError(Problem(f"git in {folder} does not know `config --show-scope`", None, hint))
    return GitSettings.parse(listed.stdout)


class GitSettings:
    """Git's settings, those of the repository itself apart from the user's."""

    def __init__(self, own: Sequence[tuple[str, str]], users: Mapping[str, str]) -> None:
        self.own = own
        """What the repository's own files say, in their order."""
        self._users = users

    @classmethod
    def parse(cls, listed: str) -> GitSettings:
        """Return the settings that ``git config --show-scope -z --list`` printed."""
        own: list[tuple[str, str]] = []
        users: dict[str, str] = {}
        fields = iter(listed.split("\0"))
        for scope in fields:
            key, separator, value = next(fields, "").partition("\n")
            if scope in ("local", "worktree"):
                own.append((key, value if separator else "true"))
            elif key:
                users[key] = value if separator else "true"
        return cls(own, users)

    def remote(self, name: str) -> str | None:
        """Return the address of a remote, empty if there is no such remote; None if more than one setting decides."""
        key = f"remote.{name}.url"
        found = [value for each, value in self.own if each == key]
        rewritten = any(each.startswith("url.") for each in (*self._users, *(each for each, _ in self.own)))
        if rewritten or key in self._users or len(found) > 1:
            return None
        return found[0] if found else ""

    def filters(self) -> tuple[str, ...]:
        """Return the names of the filters of which the repository's own settings define a program."""
        names = (key[len("filter.") :].rpartition(".") for key, _ in self.own if key.startswith("filter."))
        return tuple(dict.fromkeys(name for name, _, kind in names if kind in _FILTER))

    def not_run(self) -> tuple[str, ...]:
        """Return the names of the filters of the repository's own that the user's settings do not replace."""
        return tuple(name for name in self.filters() if not self._runs(name))

    def overrides(self) -> list[str]:
        """Return the options with which git runs only the filters of the user's own settings.

        https://git-scm.com/docs/gitattributes#_filter
        """
        return [word for name in self.filters() for setting in self._of_filter(name) for word in ("-c", setting)]

    def _of_filter(self, name: str) -> Iterator[str]:
        if "=" in name:  # -c takes what stands before the first one for the setting's name
            hint = f"Remove it: git config --remove-section 'filter.{name}'"
            raise UsageError(Problem(f"the repository's own .git/config has a filter called {name!r}", None, hint))
        own = {key for key, _ in self.own}
        for key in (f"filter.{name}.{kind}" for kind in _FILTER):
            if key in own:
                yield f"{key}={self._users.get(key, '')}"
        required = self._users.get(f"filter.{name}.required", "false") if self._runs(name) else "false"
        yield f"filter.{name}.required={required}"

    def _runs(self, name: str) -> bool:
        """Return whether git has a program of the user's for a filter; an empty ``process`` hides ``clean``."""
        process, clean = f"filter.{name}.process", f"filter.{name}.clean"
        hidden = any(key == process for key, _ in self.own)
        return bool(self._users.get(process) or (not hidden and self._users.get(clean)))
