"""The pipeline values and parameters that a condition looks at, with what they are: why it holds or does not."""

from __future__ import annotations

import re
from collections.abc import Iterator

from ..source.nodes import ListNode, MapNode, Node, Scalar
from .scope import Scope

_NAME = re.compile(r"\bpipeline(?:\.[A-Za-z_][\w-]*)+")
LONGEST = 80
"""Characters of a value."""

Looked = tuple[tuple[str, str], ...]


def looked_at(condition: Node, scope: Scope) -> Looked:
    """Return each name in a condition with its value; those that have none are reported elsewhere."""
    found: dict[str, str] = {}
    for text in texts(condition):
        for name in _NAME.findall(text):
            try:
                value = scope.find(name)
            except KeyError:
                continue
            plain = value.plain if isinstance(value, Scalar) else value
            found[name] = _shown(plain)
    return tuple(found.items())


def _shown(value: object) -> str:
    text = ("true" if value else "false") if isinstance(value, bool) else "" if value is None else str(value)
    return text if len(text) <= LONGEST else f"{text[: LONGEST - 3]}..."


def texts(node: Node | None) -> Iterator[str]:
    """Yield every text below a node."""
    if isinstance(node, Scalar):
        if isinstance(node.value, str):
            yield node.value
    elif isinstance(node, ListNode):
        for item in node.items:
            yield from texts(item)
    elif isinstance(node, MapNode):
        for _, value in node.entries.values():
            yield from texts(value)
