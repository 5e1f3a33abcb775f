"""The value of a plain YAML scalar, by the rules of YAML 1.1."""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache
from typing import Any

from yaml.constructor import ConstructorError, SafeConstructor
from yaml.nodes import ScalarNode
from yaml.resolver import Resolver

from .nodes import Value

_PREFIX = "tag:yaml.org,2002:"


LONGEST = 1000
"""Characters of a scalar that can be more than text: a number with more digits is of no use to anybody."""


def resolve(text: str) -> Value:
    """Return the value of an unquoted scalar in YAML 1.1: null, boolean, integer, float, or else the text.

    Timestamps stay text: nothing in a config is a date, and an image tag may look like one.
    """
    return text if len(text) > LONGEST else _resolve(text)


@lru_cache(maxsize=65536)
def _resolve(text: str) -> Value:
    tag: str = _resolver().resolve(ScalarNode, text, (True, False))
    constructor = _constructors().get(tag[len(_PREFIX) :])
    if constructor is None:
        return text
    try:
        value: Value = constructor(SafeConstructor(), ScalarNode(tag, text))
    except (ConstructorError, ValueError, OverflowError):
        return text
    return value


@lru_cache(maxsize=1)
def _resolver() -> Any:
    return Resolver()


@lru_cache(maxsize=1)
def _constructors() -> dict[str, Callable[[SafeConstructor, ScalarNode], Any]]:
    known = SafeConstructor.yaml_constructors
    return {name: known[_PREFIX + name] for name in ("null", "bool", "int", "float")}
