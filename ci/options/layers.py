"""The layers of a run's options: the command line, NOX_CIRCLECI_* variables, the project's settings, the user's."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from types import SimpleNamespace
from typing import Any

from ..dataclass import dataclass
from ..errors import Position, Problem, UsageError
from .declaration import Option
from .settings import ProjectSettings

Parse = Callable[[Sequence[str]], SimpleNamespace]
Table = Sequence[Option]

TRUE = ("1", "true", "yes", "on")
FALSE = ("0", "false", "no", "off")
_BARE = ("true", "yes", "on", "auto", "0")
_NOT_BARE = ("false", "no", "off")
_ARGUMENT = r"argument --?[\w-]+: "


@dataclass(frozen=True, slots=True)
class Layers:
    """Values of options by layer, from the strongest to the weakest; None for what a layer does not set."""

    given: SimpleNamespace
    variables: SimpleNamespace
    project: SimpleNamespace
    user: SimpleNamespace

    def first(self, option: Option) -> Any:
        """Return an option's value of the strongest layer that sets it, else its default."""
        return _first(option, self.given, self.variables, self.project, self.user)

    def own(self, option: Option) -> Any:
        """Return the value that the user has set in any way, else the default."""
        return _first(option, self.given, self.variables, self.user)

    def stated(self, option: Option) -> bool:
        """Return whether the user has set an option for this run: on the command line or by a variable."""
        return any(getattr(layer, option.field) is not None for layer in (self.given, self.variables))

    def collected(self, option: Option) -> tuple[Any, ...]:
        """Return the items of a repeatable option, each once, in rising strength.

        They are of all layers; of the user's alone if the project's need consent.
        """
        layers = (self.given, self.variables, *(() if option.consent else (self.project,)), self.user)
        found = [item for layer in layers for item in reversed(getattr(layer, option.field) or ())]
        return tuple(dict.fromkeys(found))[::-1]


def _first(option: Option, *layers: SimpleNamespace) -> Any:
    values = (getattr(layer, option.field) for layer in layers)
    return next((value for value in values if value is not None), option.default)


def read_variables(parse: Parse, table: Table, environ: Mapping[str, str]) -> SimpleNamespace:
    """Return the options that NOX_CIRCLECI_* variables set; UsageError names the variable that is wrong."""
    layer = parse([])
    for option in (each for each in table if each.variable):
        for value in _items(option, environ.get(option.variable, "")):
            _set(layer, parse, option, value, option.variable, None)
    return layer


def _items(option: Option, text: str) -> Sequence[str]:
    found = re.split(option.separators, text) if option.separators else [text]
    return [item for item in found if item]


def read_file(parse: Parse, table: Table, settings: ProjectSettings) -> SimpleNamespace:
    """Return the options that a settings file sets; UsageError has the place of what is wrong."""
    layer = parse([])
    known = {each.key: each for each in table if each.key}
    for key, value in settings.options:
        if key in known:
            _set(layer, parse, known[key], value, key, settings.place(key))
    return layer


def _set(layer: SimpleNamespace, parse: Parse, option: Option, text: str, label: str, place: Position | None) -> None:
    try:
        found = _value(parse, option, text)
    except UsageError as error:
        message = re.sub(_ARGUMENT, "", error.problems[0].message)
        raise UsageError(Problem(f"{label}: {message}", place)) from None
    old = getattr(layer, option.field)
    setattr(layer, option.field, old + found if isinstance(old, list) else found)


def _value(parse: Parse, option: Option, text: str) -> Any:
    if not option.flags:
        return _value_without_flag(option, text)
    if option.is_switch:
        set_by_flag = not option.default if option.constant is None else option.constant
        return set_by_flag if _flag(text) else option.default
    if option.bare is not None and text.lower() in (*_BARE, *_NOT_BARE):
        return option.bare if text.lower() in _BARE else option.default
    return getattr(parse([f"--{option.name}={text}"]), option.field)


def _value_without_flag(option: Option, text: str) -> Any:
    if option.choices and text not in option.choices:
        raise UsageError(f"invalid choice: {text!r} (choose from {', '.join(option.choices)})")
    try:
        value = option.convert(text) if option.convert else text
    except ValueError as error:
        raise UsageError(str(error)) from None
    return [value] if option.is_repeatable else value


def _flag(text: str) -> bool:
    if text.lower() not in (*TRUE, *FALSE):
        raise UsageError(f"{text!r} is neither true nor false")
    return text.lower() in TRUE
