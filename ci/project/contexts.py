"""Contexts from files of this machine: ``.circleci/contexts/NAME.env`` of the project, else of the home folder.

https://circleci.com/docs/guides/security/contexts/
"""

from __future__ import annotations

import errno
import os
import stat
from pathlib import Path

from ..errors import Problem, UsageError
from ..git.call import ask
from ..workflow.model import Pairs

FOLDER = Path(".circleci") / "contexts"
LONGEST = 64_000_000
"""Characters of a file of variables."""
OPEN_TO_OTHERS = stat.S_IRWXG | stat.S_IRWXO


def context_file(name: str, project: Path, home: Path) -> Path | None:
    """Return the file of a context; the project's counts before the home folder's. None if there is none."""
    return next((place for place in context_places(name, project, home) if os.path.isfile(place)), None)


def context_places(name: str, project: Path, home: Path) -> tuple[Path, ...]:
    """Return the files that a context is looked for in; none if its name cannot be that of a file."""
    if "/" in name or "\\" in name or name.startswith("."):
        return ()
    return tuple(folder / FOLDER / f"{name}.env" for folder in (project, home))


def is_users(file: Path, project: Path) -> bool:
    """Return whether a context's file is not the project's: it, or what it links to, is elsewhere."""
    return not file.resolve().is_relative_to(project.resolve())


def read_context(name: str, project: Path, home: Path) -> Pairs | None:
    """Return the variables of a context; None if it has no file.

    Raises UsageError if the file is open to other users, is tracked by git, or is wrong.
    """
    file = context_file(name, project, home)
    return None if file is None else read_secrets(file)


def has_values(name: str, project: Path, home: Path) -> bool:
    """Return whether a context has variables here; one whose file a run refuses counts as if it had some."""
    try:
        return bool(read_context(name, project, home))
    except UsageError:
        return True


def read_secrets(file: Path) -> Pairs:
    """Return the variables of a file that holds secrets, which nobody else may see."""
    shown = str(file)
    mode = file.stat().st_mode
    if mode & OPEN_TO_OTHERS:
        hint = f"Close it: chmod 600 {shown}"
        raise UsageError(
            Problem(f"{shown} holds secrets and is open to other users (mode {mode & 0o777:03o})", None, hint)
        )
    if tracked(file):
        hint = (
            f"Take it out and ignore it: git rm --cached {shown}; what was pushed already is known: change the secrets."
        )
        raise UsageError(Problem(f"{shown} holds secrets and git tracks it", None, hint))
    return read_variables(file)


def read_variables(file: Path) -> Pairs:
    """Return the variables of a file. Raises UsageError if it cannot be read or is wrong."""
    from .env_file import parse

    try:
        with file.open(encoding="utf-8-sig") as opened:
            text = opened.read(LONGEST + 1)  # a device has no end
        if len(text) > LONGEST:
            raise OSError(errno.EFBIG, f"it is longer than {LONGEST:,} characters")
        return parse(text, str(file))
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "it is not UTF-8"
        raise UsageError(Problem(f"{file} cannot be read: {reason}")) from None


def tracked(file: Path) -> bool:
    """Return whether git tracks a file."""
    return ask(file.parent, "ls-files", "--error-unmatch", "--", file.name).ok
