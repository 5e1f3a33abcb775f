"""YAML as nodes that know where they stand.

The classes are plain and slotted, not frozen records: a config of 50,000 lines makes
hundreds of thousands of them, and a frozen one costs three times as much to make. They are
never changed once made.

``tagged`` says whether a template tag ``<< ... >>`` can be in the node or below it. Only what was
read from a file is ever tagged: what a substitution brings in is data and never looked at again.
"""

from __future__ import annotations

from collections.abc import Iterator

from ..errors import Position

Value = str | int | float | bool | None


class Scalar:
    """A scalar, its value resolved by the rules of YAML 1.1."""

    __slots__ = ("column", "file", "line", "tagged", "value")

    def __init__(self, value: Value, file: str, line: int, column: int, tagged: bool = False) -> None:
        self.value = value
        self.file = file
        self.line = line
        self.column = column
        self.tagged = tagged

    @property
    def position(self) -> Position:
        return Position(self.file, self.line, self.column)

    @property
    def plain(self) -> Value:
        """Return the node as ordinary Python data."""
        return self.value

    @property
    def is_null(self) -> bool:
        return self.value is None

    @property
    def text(self) -> str | None:
        """Return the value if it is a string; None for any other, and for a list or a map."""
        return self.value if isinstance(self.value, str) else None


class ListNode:
    """A list of nodes."""

    __slots__ = ("column", "file", "items", "line", "tagged")
    is_null = False
    text = None

    def __init__(self, items: list[Node], file: str, line: int, column: int, tagged: bool = False) -> None:
        self.items = items
        self.file = file
        self.line = line
        self.column = column
        self.tagged = tagged

    @property
    def position(self) -> Position:
        return Position(self.file, self.line, self.column)

    @property
    def plain(self) -> list[object]:
        """Return the node as ordinary Python data."""
        return [item.plain for item in self.items]


class MapNode:
    """A map, its keys in source order; keys are unique, merge keys are resolved.

    ``entries`` maps the key's text to the key's own node and the value.
    """

    __slots__ = ("column", "entries", "file", "line", "tagged")
    is_null = False
    text = None

    def __init__(
        self, entries: dict[str, tuple[Scalar, Node]], file: str, line: int, column: int, tagged: bool = False
    ) -> None:
        self.entries = entries
        self.file = file
        self.line = line
        self.column = column
        self.tagged = tagged

    def get(self, key: str) -> Node | None:
        """Return the value under ``key``, or None if it is absent."""
        entry = self.entries.get(key)
        return entry[1] if entry else None

    def items(self) -> Iterator[tuple[Scalar, Node]]:
        """Yield each key's node and its value."""
        return iter(self.entries.values())

    @property
    def position(self) -> Position:
        return Position(self.file, self.line, self.column)

    @property
    def plain(self) -> dict[str, object]:
        """Return the node as ordinary Python data."""
        return {key: value.plain for key, (_, value) in self.entries.items()}


Node = Scalar | ListNode | MapNode


def is_anchored(key: Scalar, value: Node) -> bool:
    """Return whether a key's value is a block map behind an anchor, which is what then stands on the key's line."""
    if not isinstance(value, MapNode) or value.line != key.line:
        return False
    return any(entry.line > value.line for entry, _ in value.items())
