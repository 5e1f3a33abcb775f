"""What a run's record keeps of the options: all that the user chose, but no value that is secret."""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from typing import Any

from ..options.table import Options, table
from .named_values import arguments, parameter_map

Mask = Callable[[str], str]


def recorded_options(options: Options, mask: Mask) -> dict[str, object]:
    """Return the options by the names of their fields, as plain data, without the values of variables.

    ``--env NAME`` is kept so, ``--env NAME=VALUE`` as ``NAME=...``: the one can be looked up again, the other not.
    """
    secret = ("env", "passes")
    kept = [each.field for each in table("run") if each.field not in secret]
    found = {name: _plain(getattr(options, name), mask) for name in kept}
    words = [f"{name}=..." if is_typed else name for name, is_typed, _ in (pair.partition("=") for pair in options.env)]
    return {**found, "env": words, "passes": [each.name for each in options.passes]}


def _plain(value: Any, mask: Mask) -> object:
    if isinstance(value, tuple):
        return [_plain(each, mask) for each in value]
    return mask(value) if isinstance(value, str) else value


def recorded_parameters(options: Options, mask: Mask) -> dict[str, object]:
    """Return the pipeline parameters that the user gave, by name."""
    given = {**parameter_map(options.pipeline_parameters), **arguments(options.params, "--param")}
    return {name: mask(value) if isinstance(value, str) else value for name, value in given.items()}


def typed_arguments(options: Options) -> list[str]:
    """Return what was typed behind the program's name, without the values of ``--env``: they are secret."""
    return [_without_value(word, options.env) for word in sys.argv[1:]]


def _without_value(word: str, secret: Sequence[str]) -> str:
    for pair in secret:
        if "=" in pair and pair in word:
            return word.replace(pair, f"{pair.partition('=')[0]}=...")
    return word
