"""This package's version, read when somebody asks for it."""

from __future__ import annotations

import re
from pathlib import Path

DISTRIBUTION = "nox-circleci"
CLONE = "ci"
"""What the package is called in a clone; another version may be installed beside it."""


def own_version() -> str:
    """Return the version: of the clone that holds this package, else of the installed one."""
    if __name__.partition(".")[0] == CLONE:
        return _declared(Path(__file__).parents[2] / "pyproject.toml")
    beside = sorted(Path(__file__).parents[2].glob(f"{DISTRIBUTION.replace('-', '_')}-*.dist-info"))
    if len(beside) == 1:
        return beside[0].name.removesuffix(".dist-info").partition("-")[2]
    return installed_version(DISTRIBUTION) or "unknown"


def installed_version(name: str) -> str | None:
    """Return the version of an installed distribution; None if it is not installed as one."""
    from importlib import metadata  # which is slow to load

    try:
        return metadata.version(name)
    except metadata.PackageNotFoundError:
        return None


def _declared(pyproject: Path) -> str:
    try:
        found = re.search(r'^version = "(.+)"$', pyproject.read_text(encoding="utf-8"), re.MULTILINE)
    except OSError:
        return "unknown"
    return found[1] if found else "unknown"
