"""The layers of a run's options: the command line, NOX_CIRCLECI_* variables, the project's settings, the user's."""

from __future__ import annotations

import argparse
import os
import re
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from ..errors import Position, Problem, UsageError
from .settings import OPTIONS, ProjectSettings

Parse = Callable[[Sequence[str]], argparse.Namespace]

FLAGS = ("fail-fast", "allow-docker", "ssh-agent", "tty")
TRUE = ("1", "true", "yes", "on")
FALSE = ("0", "false", "no", "off")
PREFIX = "NOX_CIRCLECI_"
_BY_VARIABLE = (*OPTIONS, "pass-env", "share")
_ARGUMENT = re.compile(r"argument --?[\w-]+: ")


@dataclass(frozen=True, slots=True)
class Layers:
    """Values of options by layer, from the strongest to the weakest; None for what a layer does not set."""

    given: argparse.Namespace
    variables: argparse.Namespace
    project: argparse.Namespace
    user: argparse.Namespace

    def first(self, name: str, default: Any) -> Any:
        """Return an option's value of the strongest layer that sets it."""
        return first(name, default, self.given, self.variables, self.project, self.user)


def first(name: str, default: Any, *layers: argparse.Namespace) -> Any:
    """Return the first value of that name that is set, else the default."""
    values = (getattr(layer, name) for layer in layers)
    return next((value for value in values if value is not None), default)


def read_variables(
    parse: Parse, environ: Mapping[str, str], names: Collection[str] = _BY_VARIABLE
) -> argparse.Namespace:
    """Return the options that NOX_CIRCLECI_* variables set; UsageError names the variable that is wrong."""
    layer = parse([])
    for name in names:
        variable = PREFIX + name.upper().replace("-", "_")
        for value in _items(name, environ.get(variable, "")):
            _set(layer, parse, name, value, f"{variable}: ", None)
    return layer


def _items(name: str, value: str) -> Iterable[str]:
    if name == "pass-env":
        return value.replace(",", " ").split()
    return [item for item in value.split(os.pathsep) if item] if name == "share" else [value] if value else []


def read_file(parse: Parse, settings: ProjectSettings, names: Collection[str] = _BY_VARIABLE) -> argparse.Namespace:
    """Return the options that a settings file sets; UsageError has the place of what is wrong."""
    layer = parse([])
    found = (*settings.options, *(("share", folder) for folder in settings.share))
    for name, value in ((name, value) for name, value in found if name in names):
        _set(layer, parse, name, value, f"{name}: ", settings.place(name))
    return layer


def _set(layer: argparse.Namespace, parse: Parse, name: str, value: str, label: str, place: Position | None) -> None:
    attribute = name.replace("-", "_")
    try:
        found: Any = _flag(value) if name in FLAGS else getattr(parse(_words(name, value)), attribute)
    except UsageError as error:
        message = _ARGUMENT.sub("", error.problems[0].message)
        raise UsageError(Problem(f"{label}{message}", place)) from None
    old = getattr(layer, attribute)
    setattr(layer, attribute, old + found if isinstance(old, list) else found)


def _flag(value: str) -> bool:
    if value.lower() not in (*TRUE, *FALSE):
        raise UsageError(f"{value!r} is neither true nor false")
    return value.lower() in TRUE


def _words(name: str, value: str) -> list[str]:
    if name == "parallel" and value.lower() in ("true", "yes", "on", "auto", "0"):
        return ["--parallel"]
    if name == "parallel" and value.lower() in ("false", "no", "off"):
        return ["--parallel=1"]
    return [f"--{name}={value}"]
