"""Matrices: one workflow entry, a job instance for each combination of values.

Configuration reference, "matrix"; "Using matrix jobs" guide.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import product
from math import prod

from ..dataclass import dataclass
from ..source.limits import LIMITS
from ..source.nodes import ListNode, MapNode, Node, Scalar
from ..source.suggest import first_names
from .compilation import exhausted
from .define import extraneous
from .definitions import BROKEN, identity
from .scope import Scope, substitute

Combination = dict[str, Node]


@dataclass(frozen=True, slots=True)
class Matrix:
    """The combinations, in the order of the declared axes with the last one changing fastest."""

    axes: dict[str, list[Node]]
    keys: dict[str, Scalar]
    excluded: frozenset[object]
    alias: str

    def combinations(self) -> Iterator[Combination]:
        """Yield every combination that is not excluded."""
        for values in product(*self.axes.values()):
            combination = dict(zip(self.axes, values, strict=True))
            if not self.excluded or _key(combination) not in self.excluded:
                yield combination


def read_matrix(node: Node, scope: Scope) -> Matrix | None:
    """Return the matrix of an entry; report a wrong one and return None.

    Tags are filled in before anything is excluded.
    """
    diagnostics = scope.compilation.diagnostics
    if not isinstance(node, MapNode):
        diagnostics.error(node, "matrix must be a map with the key parameters")
        return None
    extraneous(node, ("parameters", "exclude", "alias"), "matrix", diagnostics)
    parameters = node.get("parameters")
    if not isinstance(parameters, MapNode) or not parameters.entries:
        diagnostics.error(parameters or node, "matrix needs parameters: a map from names to lists of values")
        return None
    axes = {name: _axis(name, key, values, scope) for name, (key, values) in parameters.entries.items()}
    if any(values is None for values in axes.values()):
        return None
    lists = {name: values for name, values in axes.items() if values is not None}
    count = prod(len(values) for values in lists.values())
    if count > LIMITS.instances:
        raise exhausted(parameters, f"the matrix has {count} combinations, more than {LIMITS.instances}")
    keys = {name: key for name, (key, _) in parameters.entries.items()}
    return Matrix(lists, keys, _excluded(node.get("exclude"), lists, scope), _alias(node, scope))


def _axis(name: str, key: Scalar, values: Node, scope: Scope) -> list[Node] | None:
    node = substitute(values, scope)
    if isinstance(node, ListNode) and node.items:
        return None if any(item is BROKEN for item in node.items) else node.items
    if node is not BROKEN:
        what = "an empty list" if isinstance(node, ListNode) else "no list"
        scope.compilation.diagnostics.error(
            key, f"matrix parameter '{name}' has {what} of values", "for example [1, 2]"
        )
    return None


def _alias(node: MapNode, scope: Scope) -> str:
    alias = node.get("alias")
    if alias is None:
        return ""
    value = substitute(alias, scope)
    if value.text is not None:
        return value.text
    if value is not BROKEN:
        scope.compilation.diagnostics.error(alias, "the alias of a matrix must be a string")
    return ""


def _excluded(node: Node | None, axes: dict[str, list[Node]], scope: Scope) -> frozenset[object]:
    """Return the combinations that ``exclude`` names; an entry that does not name every axis matches none."""
    if node is None:
        return frozenset()
    diagnostics = scope.compilation.diagnostics
    if not isinstance(node, ListNode):
        diagnostics.error(node, "exclude must be a list of maps from every matrix parameter to a value")
        return frozenset()
    found: set[object] = set()
    for item in node.items:
        entry = substitute(item, scope)
        if not isinstance(entry, MapNode):
            if entry is not BROKEN:
                diagnostics.error(item, "an exclusion must be a map from every matrix parameter to a value")
        elif set(entry.entries) != set(axes):
            diagnostics.warn(
                item, f"this exclusion matches nothing: it must name exactly {first_names(axes, len(axes))}"
            )
        else:
            found.add(_key({name: value for name, (_, value) in entry.entries.items()}))
    return frozenset(found)


def _key(combination: Combination) -> object:
    return tuple((name, identity(combination[name])) for name in sorted(combination))


def default_name(job: str, combination: Combination) -> str:
    """Return the job's name and the values, in the alphabetical order of the parameters' names, joined by ``-``."""
    # The order of the axes in the config does not count: two matrices that differ in it alone have the same names. This
    # is the name of an entry without a ``name`` of its own, and not the final one yet: instances whose names are equal,
    # such as those of the values 1 and "1", are numbered in ``instances.assign_names``.
    return "-".join([job, *(shown(combination[name]) for name in sorted(combination))])


def shown(value: Node) -> str:
    """Return a value as it stands in a name: an executor with arguments by its name."""
    if isinstance(value, MapNode):
        name = value.get("name")
        return shown(name) if name is not None else "-".join(shown(item) for _, item in value.items())
    if isinstance(value, ListNode):
        return "-".join(shown(item) for item in value.items)
    plain = value.value
    if isinstance(plain, bool):
        return "true" if plain else "false"
    return "" if plain is None else str(plain)
