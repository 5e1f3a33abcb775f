"""One line of the doctor, and the check that most of them are: whether a program is there and runs."""

from __future__ import annotations

import re
import shutil
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from ..process import capture

Level = Literal["ok", "warning", "error"]
SECONDS = 15.0
"""How long a program may take to tell its version."""
_VERSION = re.compile(r"\d+(\.\d+)+")


@dataclass(frozen=True, slots=True)
class Check:
    """One line: ``error`` where jobs cannot run without it. ``mend`` is a command, or what to do."""

    name: str
    level: Level
    text: str
    mend: str = ""


def program(name: str, environ: Mapping[str, str], level: Level, mend: str) -> Check:
    """Whether a program is on PATH and tells its version; ``level`` where it does not, ``mend`` how to have it."""
    path = shutil.which(name, path=environ.get("PATH", ""))
    if not path:
        return Check(name, level, "not found on PATH", mend)
    # java of old releases knows only -version, and tells it on stderr
    option = {"java": "-version", "keytool": "-help"}.get(name, "--version")
    told = capture([path, option], env=environ, timeout=SECONDS)
    version = _VERSION.search(told.stdout + told.stderr) if name != "keytool" else None
    if not told.ok:
        return Check(name, level, f"{path} does not run", mend)
    return Check(name, "ok", version.group() if version else path)
