"""The commands that messages name, as the reader of this process types them: a nox session, or this program.

Everything that prints a command of ours asks here: a clone has ``python -m ci``, an installed package
``nox-circleci`` or ``circleci-local``, and under nox a command that is a session is named as one.
"""

from __future__ import annotations

import os
import shlex
import sys
from collections.abc import Sequence
from pathlib import Path

INSTALLED = ("nox-circleci", "circleci-local")
"""The programs of the installed package; the first one is named where neither runs."""
_IS_CLONE = __package__.partition(".")[0] == "ci"
_SESSIONS: dict[str, str] = {}


def program() -> str:
    """Return the program that has our commands, as its reader can start it from the current folder."""
    running = Path(sys.argv[0])
    if running.name in INSTALLED:
        return _as_typed(running) if running.exists() else running.name
    if _IS_CLONE:
        return f"{_python()} -m ci"
    own = Path(sys.executable).with_name(INSTALLED[0])
    if own.exists():
        return _as_typed(own)
    return own.name if _on_path(own.name) else f"{_python()} -m nox_circleci"


def nox_command() -> str:
    """Return the command that starts the nox of this Python: its name if PATH finds it, else its path."""
    own = Path(sys.executable).with_name("nox")
    return _as_typed(own) if own.exists() else "nox"


def name_session(arguments: Sequence[str], session: str) -> None:
    """Keep the name of the nox session that stands for a command in this process."""
    _SESSIONS[shlex.join(arguments)] = session


def session_name(arguments: Sequence[str], otherwise: str) -> str:
    """Return the name of the nox session that stands for a command; the other one if that is not known."""
    return _SESSIONS.get(shlex.join(arguments), otherwise)


def forget_sessions() -> None:
    """Name commands as outside of nox again."""
    _SESSIONS.clear()


def typed_command(command: str) -> str:
    """Return a command of ours, such as ``runs --json``, as the user of this process types it."""
    return with_project(_under_nox(command) or f"{program()} {command}")


def usage_name(command: str) -> str:
    """Return what a usage line begins with, to be followed by options."""
    session = _session(command)
    return f"{nox_with_file()} -s {session[0]} --" if session else f"{program()} {command}"


def nox_with_file() -> str:
    """Return the command that starts nox, with the option that names its noxfile if that was typed."""
    return shlex.join([nox_command(), *typed_noxfile(sys.argv[1:])])


def typed_noxfile(argv: Sequence[str]) -> list[str]:
    """Return nox's own option that names the noxfile, if it is on a command line of nox's."""
    for index, word in enumerate(argv):
        if word == "--":
            return []
        if word in ("-f", "--noxfile"):
            return list(argv[index : index + 2])
        if word.startswith("--noxfile="):
            return [word]
    return []


def _under_nox(command: str) -> str | None:
    """Return the nox command that stands for one of ours; None if this process has no sessions, or not that one."""
    if _SESSIONS and command == "list":
        return f"{nox_with_file()} --list"
    session = _session(command)
    if session is None:
        return None
    name, rest = session
    return f"{nox_with_file()} -s {name}{f' -- {rest}' if rest else ''}"


def _session(command: str) -> tuple[str, str] | None:
    """Return the session of a command, and the words that go after ``--``."""
    words = command.split(" ")
    for length in (2, 1):
        found = _SESSIONS.get(" ".join(words[:length]))
        if found:
            return shlex.quote(found), " ".join(words[length:])
    if _SESSIONS and words[0] == "run" and len(words) > 1 and not words[1].startswith("-"):
        return words[1], " ".join(words[2:])
    return None


def with_project(command: str) -> str:
    """Return a command line that goes to the project that CI_PROJECT has named for this process."""
    named = os.environ.get("CI_PROJECT", "")
    return f"CI_PROJECT={shlex.quote(named)} {command}" if named else command


def _python() -> str:
    """Return the Python that runs this, by a name if PATH finds it by that."""
    own = Path(sys.executable)
    for name in ("python", own.name):
        found = _on_path(name)
        # not the files: a virtualenv's Python is a link to the system's
        if found and os.path.realpath(os.path.dirname(found)) == os.path.realpath(own.parent):
            return name
    return _path_as_typed(own)


def _as_typed(file: Path) -> str:
    """Return a program's name if PATH finds it by that, else its path."""
    found = _on_path(file.name)
    return file.name if found and os.path.samefile(found, file) else _path_as_typed(file)


def _path_as_typed(file: Path) -> str:
    file, here = Path(os.path.abspath(file)), Path.cwd()
    return shlex.quote(str(file.relative_to(here) if file.is_relative_to(here) else file))


def _on_path(name: str) -> str | None:
    """Return the program that PATH finds; ``shutil.which`` is not worth its import here."""
    for folder in os.environ.get("PATH", os.defpath).split(os.pathsep):
        place = os.path.join(folder, name)
        if os.path.isfile(place) and os.access(place, os.X_OK):
            return place
    return None
