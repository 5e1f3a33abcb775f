"""The types of JSON values in words, as docs/events.md has them, from the types of records."""

from __future__ import annotations

import types
import typing
from collections.abc import Mapping
from typing import Any

from ci.dataclass import fields, is_dataclass
from ci.errors import Position

SMALL = 4
"""Fields of an object that stands in the row of the key that has it; a larger one has a table of its own."""
PLAIN = {str: "string", int: "integer", float: "number", bool: "true or false"}


def in_words(kind: Any) -> str:
    """What a value of that type is in JSON."""
    origin, members = typing.get_origin(kind), typing.get_args(kind)
    if kind in PLAIN:
        return PLAIN[kind]
    if kind is Position:
        return "place"
    if is_dataclass(kind):
        names = [f"`{each.name}`" for each in fields(kind)]
        return f"object: {', '.join(names)}" if len(names) <= SMALL else "object"
    if origin is tuple:
        return f"list of {in_words(members[0])}"
    if origin is typing.Literal:
        return ", ".join(f"`{each}`" for each in members)
    if origin in (types.UnionType, typing.Union):
        named = [in_words(each) for each in members if each is not type(None)]
        return ", ".join(named) + (" or null" if type(None) in members else "")
    assert origin is Mapping, kind
    return "object"


def described(kind: Any, module: Any) -> dict[str, str]:
    """Each field of a record with its type in words."""
    hints = typing.get_type_hints(kind, vars(module))
    return {each.name: in_words(hints[each.name]) for each in fields(kind)}
