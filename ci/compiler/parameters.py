"""Parameters: how they are declared, and how arguments are bound to them.

Reusable config reference, "Using the parameters declaration" and "Parameter types".
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from ..errors import Position
from ..source.nodes import ListNode, MapNode, Node, Scalar, Value
from ..source.suggest import first_names, listing
from .diagnostics import Diagnostics, Place
from .expression import describe
from .values import BROKEN, Argument, ExecutorChoice, Steps, is_null

if TYPE_CHECKING:
    from .scope import Scope

Type = Literal["string", "boolean", "integer", "enum", "executor", "steps", "env_var_name"]

_TYPES: dict[str, tuple[str, ...]] = {
    "pipeline": ("string", "boolean", "integer", "enum"),
    "command": ("string", "boolean", "integer", "enum", "executor", "steps", "env_var_name"),
    "job": ("string", "boolean", "integer", "enum", "executor", "steps", "env_var_name"),
    "executor": ("string", "boolean", "integer", "enum", "env_var_name"),
}
_KEYS = ("type", "default", "description", "enum")
RESERVED = ("name", "requires", "context", "type", "filters", "matrix", "pre-steps", "post-steps")
_ENV_VAR_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*\Z")


@dataclass(frozen=True, slots=True, eq=False)
class Declaration:
    """One declared parameter; without ``default`` its argument is required."""

    name: str
    type: str
    default: Node | None
    members: tuple[Value, ...]
    position: Position
    accepted: frozenset[Value] = frozenset()
    """Of an enum: its members, and how each of them is written."""


def declarations(element: MapNode, kind: str, diagnostics: Diagnostics) -> dict[str, Declaration]:
    """The parameters that an element (or with kind ``pipeline`` the config) declares, reporting what is wrong."""
    node = element.get("parameters")
    if node is None or (isinstance(node, Scalar) and node.value is None):
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
    """Stands for a declaration that was reported, so that its uses are not."""
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


def mismatch(argument: Argument, declared: Declaration) -> str:
    """Why an argument is not of the declared type, in CircleCI's words; empty where it is."""
    if argument is BROKEN or declared.type == "?":
        return ""
    if declared.type == "steps":
        fits = isinstance(argument, (ListNode, Steps))
    elif declared.type == "executor":
        fits = isinstance(argument, (MapNode, ExecutorChoice)) or _value(argument).__class__ is str
    else:
        fits = isinstance(argument, Scalar) and _scalar_fits(argument.value, declared)
    if fits:
        return ""
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


def bind(
    what: str,
    declared: Mapping[str, Declaration],
    given: Mapping[str, tuple[Scalar, Argument]],
    caller: Scope,
    home: Scope,
    place: Place,
) -> dict[str, Argument]:
    """The values of an element's parameters: arguments made in the caller's scope, defaults in the element's own.

    An argument of null stands for the default.
    ``home`` is the scope of the element's body before it has parameters. What is wrong is reported, and BROKEN bound.
    """
    diagnostics = caller.compilation.diagnostics
    unexpected = [name for name in given if name not in declared]
    if unexpected:
        _report_unexpected(what, unexpected, declared, given, diagnostics)
    bound: dict[str, Argument] = {}
    missing: list[str] = []
    for name, declaration in declared.items():
        if name in given and not is_null(given[name][1]):
            bound[name] = convert(given[name][1], declaration, caller)
        elif declaration.default is not None:
            bound[name] = _default(declaration, declaration.default, home)
        else:
            missing.append(name)
            bound[name] = BROKEN
    if missing:
        hint = f"{what} declares {'it' if len(missing) == 1 else 'them'} without a default"
        diagnostics.error(place, f"Missing required argument(s): {first_names(missing, len(missing))}", hint)
    return bound


def _report_unexpected(
    what: str,
    unexpected: list[str],
    declared: Mapping[str, Declaration],
    given: Mapping[str, tuple[Scalar, Argument]],
    diagnostics: Diagnostics,
) -> None:
    free = [name for name in declared if name not in given]
    near = " ".join(hint for hint in (diagnostics.suggest(name, free) for name in unexpected[:5]) if hint)
    hint = near or (f"{what} has the parameters {listing(declared)}" if declared else f"{what} has no parameters")
    diagnostics.error(
        given[unexpected[0]][0], f"Unexpected argument(s): {first_names(unexpected, len(unexpected))}", hint
    )


def _default(declaration: Declaration, default: Node, home: Scope) -> Argument:
    """A default's value: the same for every use, so made once."""
    key = ("default", id(declaration))
    known = home.compilation.memo.get(key)
    if known is None:
        with home.compilation.diagnostics.missing.met(key):
            known = home.compilation.memo[key] = convert(default, declaration, home)
    else:
        home.compilation.diagnostics.missing.meet_again(key)
    return known  # type: ignore[return-value]


def convert(argument: Argument, declared: Declaration, scope: Scope) -> Argument:
    """An argument as its declaration wants it: tags filled in ``scope``, steps expanded and executors chosen there."""
    from .executors import choose
    from .expand import expand
    from .scope import substitute_scalar

    value = substitute_scalar(argument, scope) if isinstance(argument, Scalar) else argument
    problem = mismatch(value, declared)
    if problem:
        place = value.position if not isinstance(argument, (Scalar, ListNode, MapNode)) else argument.position
        hint = "" if declared.type != "string" or isinstance(value, (MapNode, ListNode)) else "put it in quotes"
        scope.compilation.diagnostics.error(place, f"Type error for argument {declared.name}: {problem}", hint)
        return BROKEN
    if value is BROKEN or declared.type == "?":
        return BROKEN
    if declared.type == "steps" and isinstance(value, ListNode):
        return Steps(expand(value, scope), value.position)
    if declared.type == "executor" and not isinstance(value, (ExecutorChoice, Steps)):
        return choose(value, scope) or BROKEN
    if isinstance(value, (ListNode, MapNode)):
        return BROKEN
    return value
