"""Parameters: how they are declared, and whether an argument fits.

Reusable config reference, "Using the parameters declaration" and "Parameter types".
"""

from __future__ import annotations

import re

from ..source.nodes import ListNode, MapNode, Node, Scalar, Value
from ..source.suggest import first_names, listing
from .definitions import BROKEN, Argument, Declaration, ExecutorChoice, Steps
from .diagnostics import Diagnostics
from .expression import describe

_TYPES: dict[str, tuple[str, ...]] = {
    "pipeline": ("string", "boolean", "integer", "enum"),
    "command": ("string", "boolean", "integer", "enum", "executor", "steps", "env_var_name"),
    "job": ("string", "boolean", "integer", "enum", "executor", "steps", "env_var_name"),
    "executor": ("string", "boolean", "integer", "enum", "env_var_name"),
}
_KEYS = ("type", "default", "description", "enum")
RESERVED = ("name", "requires", "context", "type", "filters", "matrix", "pre-steps", "post-steps")
_ENV_VAR_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*\Z")


def declarations(element: MapNode, kind: str, diagnostics: Diagnostics) -> dict[str, Declaration]:
    """Return the parameters that an element (kind ``pipeline``: the config) declares; report wrong ones."""
    node = element.get("parameters")
    if node is None or node.is_null:
        return {}
    if not isinstance(node, MapNode):
        diagnostics.error(node, "parameters must be a map from names to declarations")
        return {}
    found: dict[str, Declaration] = {}
    for text, (key, body) in node.entries.items():
        if kind == "job" and text in RESERVED:
            diagnostics.error(key, f"a job's parameter cannot be called '{text}'", "the name is reserved for workflows")
        found[text] = _declaration(text, key, body, kind, diagnostics)
    return found


def _declaration(name: str, key: Scalar, body: Node, kind: str, diagnostics: Diagnostics) -> Declaration:
    if not isinstance(body, MapNode):
        diagnostics.error(body, f"parameter '{name}' must be a map with a type", "for example {type: string}")
        return _unchecked(name, key)
    for text, (node, _) in body.entries.items():
        if text not in _KEYS:
            free = [each for each in _KEYS if each not in body.entries]
            hint = diagnostics.suggest(text, free) or f"Permitted keys: {', '.join(_KEYS)}"
            diagnostics.error(node, f"extraneous key [{text}] is not permitted in parameter '{name}'", hint)
    type_node = body.get("type")
    if type_node is None:
        diagnostics.error(
            key, f"required key [type] not found in parameter '{name}'", f"one of {listing(_TYPES[kind])}"
        )
        return _unchecked(name, key)
    type_ = type_node.value if isinstance(type_node, Scalar) else None
    if not isinstance(type_, str) or type_ not in _TYPES[kind]:
        hint = diagnostics.suggest(str(type_), _TYPES[kind]) or f"one of {listing(_TYPES[kind])}"
        diagnostics.error(type_node, f"parameter '{name}' of a {kind} cannot have the type {type_}", hint)
        return _unchecked(name, key)
    members = _members(name, type_, body, key, diagnostics)
    accepted = frozenset((*map(_shown, members), *(each for each in members if not isinstance(each, bool))))
    declared = Declaration(name, type_, body.get("default"), members, key.position, accepted)
    _check_default(declared, kind, key, diagnostics)
    return declared


def _unchecked(name: str, key: Scalar) -> Declaration:
    """Return a stand-in for a declaration that was reported, so that its uses are not."""
    return Declaration(name, "?", BROKEN, (), key.position)


def _members(name: str, type_: str, body: MapNode, key: Scalar, diagnostics: Diagnostics) -> tuple[Value, ...]:
    node = body.get("enum")
    if type_ != "enum":
        return ()
    items = node.items if isinstance(node, ListNode) else []
    members = tuple(item.value for item in items if isinstance(item, Scalar))
    if not members or len(members) < len(items):
        diagnostics.error(node or key, f"parameter '{name}' needs a list of its values under enum")
    return members


def _check_default(declared: Declaration, kind: str, key: Scalar, diagnostics: Diagnostics) -> None:
    default = declared.default
    if default is None:
        if kind == "pipeline":
            diagnostics.error(
                key,
                f"required key [default] not found in pipeline parameter '{declared.name}'",
                "pipeline parameters must have a default",
            )
        return
    if default.tagged and kind != "pipeline":
        return
    if declared.type == "enum" and not declared.members:
        return
    problem = mismatch(default, declared)
    if problem:
        diagnostics.error(default, f"Type error for default value of parameter {declared.name}: {problem}")


def mismatch(argument: Argument, declared: Declaration) -> str | None:
    """Return why an argument is not of the declared type, in CircleCI's words; None if it is."""
    if argument is BROKEN or declared.type == "?":
        return None
    if declared.type == "steps":
        fits = isinstance(argument, (ListNode, Steps))
    elif declared.type == "executor":
        fits = isinstance(argument, (MapNode, ExecutorChoice)) or _value(argument).__class__ is str
    else:
        fits = isinstance(argument, Scalar) and _scalar_fits(argument.value, declared)
    if fits:
        return None
    expected = declared.type
    if expected == "enum":
        expected = f"enum, one of: {first_names(map(_shown, declared.members), len(declared.members))}"
    return f"expected type: {expected}, actual value: {_described(argument)}"


def _scalar_fits(value: Value, declared: Declaration) -> bool:
    if declared.type == "string":
        return isinstance(value, str)
    if declared.type == "boolean":
        return isinstance(value, bool)
    if declared.type == "integer":
        return isinstance(value, int) and not isinstance(value, bool)
    if declared.type == "env_var_name":
        return isinstance(value, str) and _ENV_VAR_NAME.match(value) is not None
    return _shown(value) in declared.accepted or (not isinstance(value, bool) and value in declared.accepted)


def _shown(value: Value) -> str:
    return ("true" if value else "false") if isinstance(value, bool) else str(value)


def _value(argument: Argument) -> object:
    return argument.value if isinstance(argument, Scalar) else argument


def _described(argument: Argument) -> str:
    if isinstance(argument, Scalar):
        return describe(argument.value)
    if isinstance(argument, ExecutorChoice):
        return f'"{argument.name}" (type executor)'
    return "a list (type steps)" if isinstance(argument, (ListNode, Steps)) else "a map (type map)"
