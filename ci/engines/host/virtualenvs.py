"""Virtualenvs of jobs: one made per interpreter, kept as a template, and a copy of it for each job."""

from __future__ import annotations

import os
import re
import sys
import time
from pathlib import Path

from ...errors import EngineError, Problem
from ...process import capture
from ...system.digests import sha256
from ...system.file_copy import copy_tree
from ...system.removal import remove_tree
from ...system.temporary import temporary_folder
from .interpreters import Interpreter

FOLDER = "pythons"
"""Below the state folder; each template is called by version and a digest of what it was made from."""
MADE_AT = ".made-at"
"""The file in a template that holds the path it was made at: what a copy must replace."""
LONGEST_SHEBANG = 127
_MAKE_SECONDS = 300.0
_APART = "/"
"""Where they are made: with -m a Python takes code from the folder that it stands in."""
_STALE_SECONDS = 3600.0
_UNFINISHED = r"\.new-[a-z0-9_]{8}"


def exists(interpreter: Interpreter, state: Path) -> bool:
    """Whether the template is there already."""
    return (state / FOLDER / _key(interpreter)).is_dir()


def template(interpreter: Interpreter, state: Path) -> Path:
    """Return the virtualenv of an interpreter, made if it is missing; raise EngineError if it cannot be made.

    Two runs may ask at once: the first to finish wins, nobody sees half of one.
    """
    folder = state / FOLDER
    place = folder / _key(interpreter)
    if not place.is_dir():
        folder.mkdir(parents=True, exist_ok=True)
        _remove_stale(folder)
        with temporary_folder(".new-", folder) as new:
            made = Path(new, "venv")
            _make(interpreter, made)
            (made / MADE_AT).write_text(os.fspath(made), encoding="utf-8", errors="surrogateescape")
            try:
                made.rename(place)
            except OSError:  # another run was faster
                if not place.is_dir():
                    raise
    return place


def copy(template: Path, place: Path, called: str = "") -> None:
    """Copy a virtualenv to a place where there is nothing, its scripts made to use the copy's own interpreter.

    ``called`` is the path by which the steps know the place, if that is another.
    """
    copy_tree(os.fspath(template), os.fspath(place))
    before = (place / MADE_AT).read_bytes()
    after = os.fsencode(called or place)
    for file in (place / "pyvenv.cfg", *(place / "bin").iterdir()):
        if file.is_file() and not file.is_symlink():
            content = file.read_bytes()
            if before in content:
                file.write_bytes(_runnable(content.replace(before, after), after))


def _runnable(script: bytes, prefix: bytes) -> bytes:
    """Return the script with a first line that the kernel takes: without blanks in the path, and not too long."""
    line, end, rest = script.partition(b"\n")
    if not line.startswith(b"#!" + prefix) or (len(line) <= LONGEST_SHEBANG and b" " not in line):
        return script
    return b"#!/bin/sh\n'''exec' \"" + line[2:] + b'" "$0" "$@"\n\' \'\'\'' + end + rest


def _make(interpreter: Interpreter, place: Path) -> None:
    environment = {name: value for name, value in os.environ.items() if not name.startswith("PYTHON")}
    own = capture(
        [os.fspath(interpreter.executable), "-m", "venv", os.path.abspath(place)], _APART, environment, _MAKE_SECONDS
    )
    if own.ok:
        return
    remove_tree(place)  # Debian's without ensurepip leaves half of one
    words = [sys.executable, "-m", "virtualenv", "--quiet", "--no-download"]
    other = capture(
        [*words, f"--python={interpreter.executable}", os.path.abspath(place)], _APART, environment, _MAKE_SECONDS
    )
    if not other.ok:
        output = (own.stdout + own.stderr).strip().splitlines()
        raise EngineError(
            Problem(
                f"{interpreter} cannot make a virtualenv: {output[-1] if output else f'status {own.status}'}",
                hint="on Debian and Ubuntu install python3-venv",
            )
        )


def _key(interpreter: Interpreter) -> str:
    executable = interpreter.executable
    made_from = f"{executable}\0{interpreter.version}\0{executable.stat().st_mtime_ns}"
    return f"{interpreter.version}-{sha256(os.fsencode(made_from)).hex()[:12]}"


def _remove_stale(folder: Path) -> None:
    """Remove what runs that were killed have left half made."""
    for left in folder.glob(".new-*") if not folder.is_symlink() else ():
        try:
            if re.fullmatch(_UNFINISHED, left.name) and time.time() - left.lstat().st_mtime > _STALE_SECONDS:
                remove_tree(left)
        except FileNotFoundError:
            continue
