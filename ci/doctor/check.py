"""One line of the doctor, and the check that most lines are: whether a program is here and runs."""

from __future__ import annotations

import re
import shutil
from collections.abc import Mapping
from typing import Literal

from ..dataclass import dataclass
from ..process import capture

Level = Literal["ok", "warning", "error"]
SECONDS = 15.0
APART = "/"
"""Where programs are asked: in the project's folder some take its files for their code (Python, yarn, Maven)."""
"""How long a program may take to print its version."""
_VERSION = re.compile(r"\d+(\.\d+)+")


@dataclass(frozen=True, slots=True)
class Check:
    """One line: an ``error`` if jobs cannot run without it. ``fix`` is a command, or what to do."""

    name: str
    level: Level
    text: str
    fix: str = ""


def program(name: str, environ: Mapping[str, str], level: Level, fix: str, option: str = "--version") -> Check:
    """Return whether a program is on PATH and runs, with the version that ``option`` makes it print.

    ``level`` and ``fix`` are those of the check if it does not.
    """
    path = shutil.which(name, path=environ.get("PATH", ""))
    if not path:
        return Check(name, level, "not found on PATH", fix)
    answer = capture([path, option], APART, environ, SECONDS)
    version = _VERSION.search(answer.stdout + answer.stderr) if option != "-help" else None
    if not answer.ok:
        return Check(name, level, f"{path} does not run", fix)
    return Check(name, "ok", version.group() if version else path)
