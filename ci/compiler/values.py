"""What an argument may be besides YAML: steps that are expanded already, an executor that was chosen elsewhere."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from ..errors import Position
from ..source.nodes import ListNode, MapNode, Node, Scalar

if TYPE_CHECKING:
    from .definitions import Definitions


@dataclass(frozen=True, slots=True, eq=False)
class Steps:
    """A ``steps`` argument, expanded in the scope in which it was written."""

    items: list[Node]
    position: Position


@dataclass(frozen=True, slots=True, eq=False)
class ExecutorChoice:
    """An ``executor`` argument: a name, to be looked up where it was written, and that executor's arguments."""

    name: str
    arguments: dict[str, tuple[Scalar, Argument]]
    definitions: Definitions
    position: Position


Argument = Node | Steps | ExecutorChoice

BROKEN = Scalar(None, "", 0, 0)
"""Stands for a value that could not be made, and was reported: nothing more is said of it."""


def is_text(node: object) -> bool:
    return isinstance(node, Scalar) and isinstance(node.value, str)


def is_null(node: object) -> bool:
    """Whether the node is a null that the config has, such as a key with nothing behind it."""
    return isinstance(node, Scalar) and node.value is None and node is not BROKEN


def identity(argument: Argument) -> object:
    """A key under which equal arguments meet: by value for YAML, by object for what was expanded elsewhere."""
    if isinstance(argument, Scalar):
        return argument.value.__class__, argument.value
    if isinstance(argument, ListNode):
        return tuple(identity(item) for item in argument.items)
    if isinstance(argument, MapNode):
        return tuple((key, identity(value)) for key, (_, value) in argument.entries.items())
    if isinstance(argument, ExecutorChoice):
        return (
            argument.name,
            id(argument.definitions),
            tuple((k, identity(v)) for k, (_, v) in argument.arguments.items()),
        )
    return id(argument)
