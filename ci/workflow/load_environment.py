"""Values of ``environment`` as the texts that a process gets."""

from __future__ import annotations

from decimal import Decimal

from ..source.nodes import ListNode, MapNode, Node, Scalar, Value
from .model import Pairs


def pairs(node: Node | None) -> Pairs:
    """Return the variables of an ``environment``, a map or a list of maps, in order.

    https://circleci.com/docs/reference/configuration-reference/#environment
    """
    if isinstance(node, MapNode):
        return tuple((key, text(value.value)) for key, (_, value) in node.entries.items() if isinstance(value, Scalar))
    if isinstance(node, ListNode):
        return tuple(pair for item in node.items for pair in _listed(item))
    return ()


def _listed(item: Node) -> Pairs:
    if isinstance(item, Scalar) and isinstance(item.value, str) and "=" in item.value:
        name, _, value = item.value.partition("=")
        return ((name, value),)
    return pairs(item)


def text(value: Value) -> str:
    """Return one value as CircleCI passes it to a process.

    Booleans are 1 and 0, null is ``<nil>``, and a number of seven digits or more is written
    with an exponent unless quoted (configuration reference, environment: a note there).
    """
    if value is None:
        return "<nil>"
    if isinstance(value, bool):
        return "1" if value else "0"
    if isinstance(value, str):
        return value
    return _number(value)


def _number(value: int | float) -> str:
    # Go's shortest %g: an exponent from the seventh digit on.
    if value != value or value in (float("inf"), float("-inf")):
        return {"nan": "NaN", "inf": "+Inf", "-inf": "-Inf"}[str(value)]
    sign, digits, exponent = Decimal(repr(float(value))).normalize().as_tuple()
    assert isinstance(exponent, int)
    power = len(digits) + exponent - 1
    if value == 0 or -5 < power < 6:
        return str(int(value)) if value == int(value) else repr(float(value))
    head, tail = str(digits[0]), "".join(map(str, digits[1:]))
    return f"{'-' if sign else ''}{head}{'.' + tail if tail else ''}e{'-' if power < 0 else '+'}{abs(power):02d}"
