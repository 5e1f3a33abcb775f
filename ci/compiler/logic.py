"""Logic statements: and, or, not, equal, matches, and what is truthy.

Configuration reference, "Logic statement syntax" and "Using when in workflows".
"""

from __future__ import annotations

from ..source.limits import LIMITS
from ..source.nodes import ListNode, MapNode, Node, Scalar
from ..source.suggest import first_names
from .announced import IN_LOGIC, check_pattern
from .definitions import BROKEN
from .expression import SyntaxProblem, parse, same, truthy
from .java_regex import RegexProblem
from .scope import Scope, Undefined, evaluate_tag, substitute, substitute_scalar, to_value
from .template import Template

_OPERATORS = ("and", "or", "not", "equal", "matches")


def evaluate_condition(node: Node, scope: Scope, depth: int = 0) -> bool | None:
    """Return whether a logic statement in ``depth`` others is true; None for a wrong one, which is reported."""
    if isinstance(node, Scalar):
        value = substitute_scalar(node, scope)
        return None if value is BROKEN else truthy(to_value(value))
    if isinstance(node, ListNode):
        scope.compilation.diagnostics.error(node, "a logic statement cannot be a list", "use and: or or: before it")
        return None
    if not is_statement(node):
        _report_operator(node, scope)
        return None
    if depth >= LIMITS.logic:
        scope.compilation.diagnostics.error(node, f"logic statements may nest to {LIMITS.logic} levels")
        return None
    operator, (key, argument) = next(iter(node.entries.items()))
    if len(node.entries) > 1:
        _warn_of_more(node, operator, scope)
    return _apply(operator, key, argument, scope, depth + 1)


def is_statement(node: Node) -> bool:
    """Return whether a node is a logic statement with an operator.

    CircleCI takes a map of several operators, and reads the first.
    """
    return isinstance(node, MapNode) and bool(node.entries) and all(name in _OPERATORS for name in node.entries)


def _warn_of_more(node: MapNode, operator: str, scope: Scope) -> None:
    second, (key, _) = list(node.entries.items())[1]
    message = f"'{second}' is not looked at: a logic statement has one operator, and this one has '{operator}'"
    hint = f"indent '{second}' further to make it part of '{operator}', or write both below and: or or:"
    scope.compilation.diagnostics.warn(key, message, hint)


def evaluate_when(node: Node, scope: Scope) -> bool | None:
    """Return whether a workflow's ``when`` holds.

    Text without tags is an expression there, all else a logic statement.
    """
    if isinstance(node, Scalar) and isinstance(node.value, str) and not node.tagged and node.value.strip():
        return evaluate_expression(node, scope)
    if isinstance(node, Scalar):
        warn_of_text(node, "when", scope)
    return evaluate_condition(node, scope)


def warn_of_text(node: Scalar, what: str, scope: Scope) -> None:
    """Warn of a condition that is a longer text with tags: the text is true, whatever the tags stand for."""
    template = scope.compilation.template(str(node.value)) if node.tagged else None
    if isinstance(template, Template) and template.whole is None:
        message = f"this {what} is a text with tags in it, and a text is always true"
        hint = "write the expression without << >>: pipeline values and parameters have their names in it"
        scope.compilation.diagnostics.warn(node, message, hint)


def evaluate_expression(node: Scalar, scope: Scope) -> bool | None:
    """Return whether the expression in a scalar is truthy; None for a wrong one, which is reported."""
    try:
        return truthy(to_value(evaluate_tag(parse(str(node.value)), node, scope)))
    except SyntaxProblem as problem:
        scope.compilation.diagnostics.error(node, f"{problem} in the expression: {node.value}")
    except Undefined:
        pass
    return None


def _report_operator(node: MapNode, scope: Scope) -> None:
    diagnostics = scope.compilation.diagnostics
    names = first_names(node.entries, len(node.entries))
    free = [operator for operator in _OPERATORS if operator not in node.entries]
    wrong = [name for name in node.entries if name not in _OPERATORS][:5]
    near = [hint for name in wrong if (hint := diagnostics.suggest(name, free))]
    hint = near[0] if near else f"it has one key of {', '.join(_OPERATORS)}"
    if "condition" in node.entries:
        hint = "a workflow's when has no condition key: write the statement directly under it"
    scope.compilation.diagnostics.error(node, f"this is not a logic statement: {names or 'an empty map'}", hint)


def _apply(operator: str, key: Scalar, argument: Node, scope: Scope, depth: int) -> bool | None:
    if operator == "not":
        held = evaluate_condition(argument, scope, depth)
        return None if held is None else not held
    if operator == "matches":
        return _matches(key, argument, scope)
    if argument.is_null and argument is not BROKEN:
        return False
    if isinstance(argument, Scalar) and argument.tagged:
        argument = substitute(argument, scope)
    if not isinstance(argument, ListNode) or not argument.items:
        if argument is not BROKEN:
            scope.compilation.diagnostics.error(argument, f"{operator} needs a list with at least one argument")
        return None
    if operator == "equal":
        return _equal(argument, scope, depth)
    held_all = [evaluate_condition(item, scope, depth) for item in argument.items]
    if None in held_all:
        return None
    return all(held_all) if operator == "and" else any(held_all)


def _equal(argument: ListNode, scope: Scope, depth: int) -> bool | None:
    """Return whether all arguments are equal, in type too; an argument may itself be a logic statement."""
    values: list[object] = []
    for item in argument.items:
        if is_statement(item):
            values.append(evaluate_condition(item, scope, depth))
        else:
            node = substitute(item, scope)
            values.append(None if node is BROKEN else (node.plain,))
    if any(value is None for value in values):
        return None
    first = values[0]
    return all(_same(first, other) for other in values[1:])


def _same(left: object, right: object) -> bool:
    a = left[0] if isinstance(left, tuple) else left
    b = right[0] if isinstance(right, tuple) else right
    return same(a, b)


def _matches(key: Scalar, argument: Node, scope: Scope) -> bool | None:
    node = substitute(argument, scope)
    if node is BROKEN:
        return None
    if not isinstance(node, MapNode) or set(node.entries) != {"pattern", "value"}:
        scope.compilation.diagnostics.error(key, "matches needs a map with exactly the keys pattern and value")
        return None
    pattern, value = node.entries["pattern"][1], node.entries["value"][1]
    if pattern is BROKEN or value is BROKEN:
        return None
    if not isinstance(pattern, Scalar) or not isinstance(pattern.value, str):
        scope.compilation.diagnostics.error(pattern, "the pattern of matches must be a string")
        return None
    check_pattern(pattern.value, pattern, IN_LOGIC, scope.compilation.diagnostics)
    if not isinstance(value, Scalar) or not (value.value is None or isinstance(value.value, str)):
        scope.compilation.diagnostics.error(value, "the value of matches must be a string", "put it in quotes")
        return None
    try:
        return value.value is not None and scope.compilation.matcher.full_match(pattern.value, value.value)
    except RegexProblem as problem:
        scope.compilation.diagnostics.error(pattern, str(problem))
        return None
