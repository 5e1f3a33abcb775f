"""What the jobs of a project need of this machine: the table ``[tool.nox-circleci.needs]``, which ``doctor`` checks.

The table is data alone: a program is a name on PATH, asked by one of VERSION_OPTIONS; a module is only looked for.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from ..dataclass import dataclass, replace
from ..source.suggest import choices

VERSION_OPTIONS = ("--version", "-version", "-help")
_PROGRAM = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.+-]*")
_MODULE = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")


@dataclass(frozen=True, slots=True)
class ToolNeed:
    """A program, or modules of Python, that jobs need if their scripts have one of the words."""

    name: str
    words: tuple[str, ...] = ()
    program: str = ""
    version: str = VERSION_OPTIONS[0]
    """The option that makes the program print its version; ``-help`` if it prints none."""
    home: str = ""
    """A variable whose folder ``bin`` comes before PATH, if it has that program."""
    installed_by: str = ""
    """A program by which the jobs install it themselves."""
    modules: tuple[str, ...] = ()
    fix: str = ""


def need(name: str, table: Mapping[str, object]) -> ToolNeed:
    """Return one entry of the table; raise ValueError with what is wrong with it."""
    keys = [key.replace("_", "-") for key in ToolNeed.__slots__ if key != "name"]
    found: dict[str, Any] = {}
    for key, value in table.items():
        if key not in keys:
            raise ValueError(f"there is no key {key!r} in it. {choices(key, keys)}".rstrip())
        found[key.replace("-", "_")] = _texts(key, value) if key in ("words", "modules") else _text(key, value)
    made = replace(ToolNeed(name), **found)
    if bool(made.program) == bool(made.modules):
        raise ValueError("it must have a program, or modules")
    if made.version not in VERSION_OPTIONS:
        raise ValueError(f"version must be one of {', '.join(VERSION_OPTIONS)}")
    for text in filter(None, (made.program, made.installed_by)):
        if not _PROGRAM.fullmatch(text):
            raise ValueError(f"{text!r} is not the name of a program on PATH")
    for text in made.modules:
        if not _MODULE.fullmatch(text):
            raise ValueError(f"{text!r} is not the name of a top-level module")
    return made if made.words else replace(made, words=(name,))


def _text(key: str, value: object) -> str:
    if not isinstance(value, str):
        raise ValueError(f"{key} must be a string")
    return value


def _texts(key: str, value: object) -> tuple[str, ...]:
    if not isinstance(value, list) or not all(isinstance(each, str) for each in value):
        raise ValueError(f"{key} must be a list of strings")
    return tuple(value)
