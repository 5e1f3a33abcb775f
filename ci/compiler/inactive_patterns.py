"""Regular expressions that this pipeline does not reach: in inactive workflows, and in definitions without a use.

Nothing that is published says that CircleCI's compiler looks there, so these are warnings.
"""

from __future__ import annotations

from collections.abc import Iterator

from ..source.nodes import ListNode, MapNode, Node, Scalar
from .announced import IN_FILTERS, IN_LOGIC, check_pattern
from .diagnostics import Diagnostics
from .filters import items, pattern_of

Found = tuple[str, Scalar, tuple[str, str]]
"""A pattern, its place, and how it is written instead."""


def warn_of_patterns(root: MapNode, diagnostics: Diagnostics) -> None:
    """Warn of patterns that will be refused once a pipeline uses them; those with tags in them are not known yet."""
    with diagnostics.only_warned(), diagnostics.within("this pipeline does not use it", None):
        for pattern, place, rewrites in _patterns(root, set()):
            check_pattern(pattern, place, rewrites, diagnostics)


def _patterns(node: Node, seen: set[int]) -> Iterator[Found]:
    if id(node) in seen or isinstance(node, Scalar):
        return
    seen.add(id(node))
    if isinstance(node, ListNode):
        for item in node.items:
            yield from _patterns(item, seen)
        return
    for name, (_, value) in node.entries.items():
        if isinstance(value, MapNode) and name == "filters":
            yield from _in_filters(value)
        elif isinstance(value, MapNode) and name == "matches":
            yield from _in_logic(value.get("pattern"))
        else:
            yield from _patterns(value, seen)


def _in_filters(node: MapNode) -> Iterator[Found]:
    for section in (node.get("branches"), node.get("tags")):
        if isinstance(section, MapNode):
            for item in (*items(section.get("only")), *items(section.get("ignore"))):
                pattern = pattern_of(item.value) if isinstance(item, Scalar) and not item.tagged else None
                if pattern is not None and isinstance(item, Scalar):
                    yield pattern, item, IN_FILTERS


def _in_logic(node: Node | None) -> Iterator[Found]:
    if isinstance(node, Scalar) and isinstance(node.value, str) and not node.tagged:
        yield node.value, node, IN_LOGIC
