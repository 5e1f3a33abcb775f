"""How whoever reads a message starts this program, and nox."""

from __future__ import annotations

PROGRAM = "python -m ci" if __package__ == "ci" else "nox-circleci"
"""This program in a clone, where the package is called ``ci``, and where it is installed."""


def nox() -> str:
    """Return the command that starts the nox of this Python: its name if PATH finds it, else its path."""
    import os
    import shutil
    import sys
    from pathlib import Path

    own = Path(sys.executable).with_name("nox")
    found = shutil.which("nox")
    if not own.exists() or (found and os.path.samefile(found, own)):
        return "nox"
    return str(own.relative_to(Path.cwd()) if own.is_relative_to(Path.cwd()) else own)


def typed(command: str) -> str:
    """Return a command of ours as the user of this process types it: with the program that runs."""
    import sys
    from pathlib import Path

    installed = Path(sys.argv[0]).name
    return f"{installed if installed in ('circleci-local', 'nox-circleci') else PROGRAM} {command}"
