"""The state folder ``.nox/ci`` before a run writes to it or ``clean`` removes from it: the user's own, and no trap.

A repository may bring a ``.nox`` of its own, with links to anywhere. So git must not track the folder or anything in
it. ``.nox`` itself may be a link that the user made, as to a larger disk; below it no link is followed.
"""

from __future__ import annotations

import os
import stat
from collections.abc import Callable
from pathlib import Path

from ..errors import Problem, UsageError
from ..git.call import ask
from ..git.reading import no_repository
from ..system.private_files import make_folder, write_text

FOLDERS = ("runs", "cache", "pythons", "timings", "serial")
FILES = (".gitignore", "CACHEDIR.TAG", "counter", "counter.lock", "sessions.json")
CACHEDIR_TAG = "Signature: 8a477f597d28d172789f06886806bc55\n# Made by nox-circleci; may be deleted.\n"


def prepare_state(state: Path) -> None:
    """Make ``.nox/ci``, which only the user enters, with its .gitignore and CACHEDIR.TAG."""
    make_folder(state)
    for name, content in ((".gitignore", "*\n"), ("CACHEDIR.TAG", CACHEDIR_TAG)):
        if not (state / name).exists():
            write_text(state / name, content)


def check_state(root: Path, state: Path) -> None:
    """Raise UsageError, with what to do, if the state folder of a project cannot be trusted or used.

    ``state`` is where it really is, a link ``.nox`` resolved. What is not there yet is fine.
    """
    top = root / ".nox"
    if not os.path.lexists(top):
        return
    if not top.is_dir():
        raise _refused(top, f"is {_kind(top)}, and runs are kept in a folder of that name", "Move it away.")
    owners = (os.geteuid(), os.stat(root).st_uid)
    _check_owner(state.parent, owners)
    if os.path.lexists(state):
        _check_kind(state, stat.S_ISDIR, "a folder")
        _check_owner(state, owners)
        _check_entries(state)
    _check_untracked(root, top, state)


def _check_entries(state: Path) -> None:
    for name in FOLDERS:
        _check_kind(state / name, stat.S_ISDIR, "a folder")
    for name in FILES:
        _check_kind(state / name, stat.S_ISREG, "a file")


def _check_kind(path: Path, right: Callable[[int], bool], wanted: str) -> None:
    try:
        mode = os.lstat(path).st_mode
    except FileNotFoundError:
        return
    if not right(mode):
        hint = f"Remove it: rm {'-r ' if stat.S_ISDIR(mode) else ''}{path}"
        raise _refused(path, f"is {_kind(path)}, not {wanted}", hint)


def _check_owner(folder: Path, owners: tuple[int, ...]) -> None:
    owner = os.stat(folder).st_uid
    if owner not in owners:
        raise _refused(
            folder, f"belongs to another user, number {owner}", f"Remove it, or: sudo chown -R $USER {folder}"
        )


def _check_untracked(root: Path, top: Path, state: Path) -> None:
    for name in _tracked(root, ".nox", must=top.is_symlink()):
        if name.lower() == ".nox" and top.is_symlink():
            hint = "Remove it, from git too: git rm --cached .nox && rm .nox"
            raise _refused(top, "is a link that git tracks: only a link of your own is followed", hint)
        if name.lower() == ".nox" or f"{name}/".lower().startswith(".nox/ci/"):
            raise _refused(root / name, "is tracked by git, where runs are kept", f"git rm -r --cached {name}")
    if top.is_symlink() or os.path.lexists(top / ".git") or os.path.lexists(state / ".git"):
        for name in _tracked(state.parent, "ci", must=True):
            hint = f"Let {top} lead to a folder that no repository tracks."
            raise _refused(state.parent / name, "is tracked by git, where runs are kept", hint)


def _tracked(folder: Path, name: str, must: bool) -> list[str]:
    """Return what git tracks of that name in and below a folder; with ``must``, UsageError if it does not answer."""
    if no_repository(folder):
        return []
    asked = ask(folder, "ls-files", "-z", "--", f":(icase){name}")
    if not asked.ok and must and any((each / ".git").exists() for each in (folder, *folder.parents)):
        reason = (asked.stderr.strip().splitlines() or ["no reason"])[0]
        raise _refused(folder / name, f"may be tracked by git, which does not answer: {reason}", "See git status.")
    return [each for each in asked.stdout.split("\0") if each] if asked.ok else []


def _kind(path: Path) -> str:
    mode = os.lstat(path).st_mode
    if stat.S_ISLNK(mode):
        return f"a link to {os.readlink(path)}"
    return "a folder" if stat.S_ISDIR(mode) else "a file" if stat.S_ISREG(mode) else "a pipe or a device"


def _refused(path: Path, what: str, hint: str) -> UsageError:
    return UsageError(Problem(f"{path} {what}", None, hint))
