"""The commands of messages, named as the user of this process types them: nox, and this program."""

from __future__ import annotations

import sys
from pathlib import Path

from ..errors import PROGRAM


def nox_command() -> str:
    """Return the command that starts the nox of this Python: its name if PATH finds it, else its path."""
    import os
    import shutil

    own = Path(sys.executable).with_name("nox")
    found = shutil.which("nox")
    if not own.exists() or (found and os.path.samefile(found, own)):
        return "nox"
    return str(own.relative_to(Path.cwd()) if own.is_relative_to(Path.cwd()) else own)


def typed_command(command: str) -> str:
    """Return a command of ours as the user of this process types it: with the program that runs."""
    installed = Path(sys.argv[0]).name
    return f"{installed if installed in ('circleci-local', 'nox-circleci') else PROGRAM} {command}"
