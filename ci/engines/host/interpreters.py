"""The Python interpreters of this machine, by version."""

from __future__ import annotations

import contextlib
import importlib
import os
import re
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path

from ...dataclass import dataclass
from ...process import capture

SAME_AS_NOX = "3"
VERSION = r"\d+\.\d+(\.\d+)?"
_ASK_SECONDS = 20.0
_ASK = (
    "import sys; print('%d.%d.%d' % sys.version_info[:3]); print(getattr(sys, '_base_executable', 0) or sys.executable)"
)


@dataclass(frozen=True, slots=True)
class Interpreter:
    version: str
    """With the patch, such as 3.6.15."""
    executable: Path

    def __str__(self) -> str:
        return f"Python {self.version} ({self.executable})"


def find(version: str, environ: Mapping[str, str]) -> Interpreter | None:
    """Return the interpreter of that version (``3.6``, ``3.6.15``; ``3``: the one that runs nox), or None.

    Looked for in this order: the running one, pythonX.Y on PATH, pyenv, and what nox's own discovery finds.
    """
    running = Interpreter(".".join(map(str, sys.version_info[:3])), Path(_base_executable()))
    if version == SAME_AS_NOX or fits(running.version, version):
        return running
    if not re.fullmatch(VERSION, version):
        return None
    for candidate in candidates(version, environ):
        found = ask(candidate, environ)
        if found and fits(found.version, version):
            return found
    return None


def missing(version: str) -> str:
    """Return the reason to report if ``find`` finds none."""
    if version != SAME_AS_NOX and not re.fullmatch(VERSION, version):
        return f"Python {version!r} is not a version such as '3.6'"
    name = ".".join(version.split(".")[:2])
    return (
        f"Python {version} was not found: no python{name} on PATH, none in pyenv, none where nox looks; "
        f"install it, for example by: pyenv install {version}"
    )


def fits(version: str, wanted: str) -> bool:
    """Whether a full version is of the wanted one."""
    return f"{version}.".startswith(f"{wanted}.")


def candidates(version: str, environ: Mapping[str, str]) -> Iterator[str]:
    """Yield executables that may be of that version, the likeliest first."""
    name = f"python{'.'.join(version.split('.')[:2])}"
    for folder in environ.get("PATH", "").split(os.pathsep):
        if os.access(os.path.join(folder, name), os.X_OK):
            yield os.path.join(folder, name)
    versions = Path(environ.get("PYENV_ROOT") or Path(environ.get("HOME") or Path.home()) / ".pyenv") / "versions"
    installed = [each for each in versions.glob(f"{version}*/bin/{name}") if fits(each.parts[-3], version)]
    yield from (os.fspath(each) for each in sorted(installed, key=_patch, reverse=True))
    discovered = _discover(version)
    if discovered:
        yield discovered


def ask(executable: str, environ: Mapping[str, str]) -> Interpreter | None:
    """Return the version that an executable prints; None if it does not run (a shim of pyenv without its version)."""
    quiet = {name: value for name, value in environ.items() if not name.startswith("PYTHON")}
    answer = capture([executable, "-c", _ASK], env=quiet, timeout=_ASK_SECONDS)
    lines = answer.stdout.splitlines()
    return Interpreter(lines[0], Path(lines[1])) if answer.ok and len(lines) == 2 else None


def _base_executable() -> str:
    return os.path.realpath(getattr(sys, "_base_executable", None) or sys.executable)


def _patch(executable: Path) -> tuple[int, ...]:
    return tuple(int(digits) for digits in re.findall(r"\d+", executable.parts[-3]))


def _discover(version: str) -> str | None:
    # before nox 2026 it came with virtualenv
    for module in ("python_discovery", "virtualenv.discovery.builtin"):
        with contextlib.suppress(Exception):  # other people's code on other people's interpreters
            info = importlib.import_module(module).get_interpreter(version, [])
            return info.executable if info else None
    return None
