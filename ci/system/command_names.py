"""The commands of messages, named as the user of this process types them: nox, and this program."""

from __future__ import annotations

import sys
from pathlib import Path

from ..errors import PROGRAM

_SESSIONS: dict[str, str] = {}


def nox_command() -> str:
    """Return the command that starts the nox of this Python: its name if PATH finds it, else its path."""
    import os
    import shutil

    own = Path(sys.executable).with_name("nox")
    found = shutil.which("nox")
    if not own.exists() or (found and os.path.samefile(found, own)):
        return "nox"
    return str(own.relative_to(Path.cwd()) if own.is_relative_to(Path.cwd()) else own)


def name_session(command: str, session: str) -> None:
    """Keep the name of the nox session that stands for a command in this process: a config may have taken its own."""
    _SESSIONS[command] = session


def session_command(command: str) -> str:
    """Return how a command of ours is started as a nox session."""
    return f"{nox_command()} -s {_SESSIONS.get(command, command)}"


def typed_command(command: str) -> str:
    """Return a command of ours as the user of this process types it: with the program that runs."""
    installed = Path(sys.argv[0]).name
    return f"{installed if installed in ('circleci-local', 'nox-circleci') else PROGRAM} {command}"
