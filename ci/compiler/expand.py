"""Expand steps: replace commands by their steps, decide conditions, splice in steps parameters; a flat list remains.

The language's own recursion is in this one file: a command's steps are expanded, its arguments bound and converted, and
an argument of type ``steps`` or ``executor`` is again expanded, or chosen, in the scope in which it was written.

Configuration reference, "steps" and "The when step"; reusable config reference, "Authoring reusable commands",
"Defining conditional steps", "Steps", "Parameter types" and "Executor".
"""

from __future__ import annotations

from collections.abc import Mapping

from ..source.limits import LIMITS
from ..source.nodes import ListNode, MapNode, Node, Scalar
from ..source.suggest import first_names, listing
from .builtin_steps import CONDITIONAL, REQUIRED, check, normal_form
from .compilation import exhausted
from .definitions import (
    BROKEN,
    Argument,
    Command,
    Declaration,
    ExecutorChoice,
    Steps,
    identity,
)
from .diagnostics import Diagnostics, Place
from .logic import evaluate_condition
from .parameters import mismatch
from .scope import Scope, substitute, substitute_scalar

_KNOWN = (*REQUIRED, *CONDITIONAL, "steps")


def expand(steps: Argument, scope: Scope) -> list[Node]:
    """Return the flat list of built-in steps that ``steps``, written in ``scope``, stands for."""
    if isinstance(steps, Scalar) and steps.tagged:
        steps = substitute_scalar(steps, scope)
    if isinstance(steps, Steps):
        scope.compilation.budget.spend_steps(len(steps.items), steps.position)
        return steps.items
    if isinstance(steps, ListNode):
        out: list[Node] = []
        for step in steps.items:
            _expand_step(step, scope, out)
        return out
    if not steps.is_null:
        scope.compilation.diagnostics.error(steps.position, "steps must be a list of steps")
    return []


def _expand_step(step: Node, scope: Scope, out: list[Node]) -> None:
    if isinstance(step, MapNode):
        if len(step.entries) == 1:
            ((name, (key, value)),) = step.entries.items()
            _expand_map(name, key, value, step, scope, out)
        else:
            _report_shape(step, scope)
    elif isinstance(step, Scalar):
        _expand_name(step, scope, out)
    else:
        scope.compilation.diagnostics.error(step, "a step is a name or a map, not a list")


def _report_shape(step: MapNode, scope: Scope) -> None:
    names = first_names(step.entries, len(step.entries))
    hint = "indent what belongs to the step further than its name" if names else "write the step's name"
    scope.compilation.diagnostics.error(step, f"a step has exactly one key, this one has: {names or 'none'}", hint)


def _expand_name(step: Scalar, scope: Scope, out: list[Node]) -> None:
    """Expand a step that is only a name: a command with its defaults, or a built-in."""
    name = substitute_scalar(step, scope)
    if isinstance(name, Steps):
        out += expand(name, scope)
    elif isinstance(name, Scalar) and isinstance(name.value, str):
        command = _command(name.value, step, scope)
        if isinstance(command, Command):
            out += call(command, {}, step, scope)
        elif command:
            check(name.value, step, Scalar(None, step.file, step.line, step.column), scope.compilation.diagnostics)
            _append(out, name, scope)
    elif name is not BROKEN:
        scope.compilation.diagnostics.error(step, "a step is a name or a map", "put a name like this in quotes")


def _expand_map(name: str, key: Scalar, value: Node, step: MapNode, scope: Scope, out: list[Node]) -> None:
    if name in CONDITIONAL:
        _expand_condition(name, key, value, scope, out)
    elif name == "steps":
        out += expand(value, scope)
    else:
        command = _command(name, key, scope)
        if isinstance(command, Command):
            out += call(command, _arguments(name, value, scope), key, scope)
        elif command:
            _append(out, _builtin(name, key, value, step, scope), scope)


def _command(name: str, place: Scalar, scope: Scope) -> Command | bool:
    """Return the command that a step calls, or whether it is a built-in step; report what is neither.

    A command may have a built-in's name and then stands for it, but in its own body the name is the built-in's.
    """
    own = scope.definitions.commands.get(name)
    if own is not None and not (name in REQUIRED and own in scope.calls):
        return own
    if name in REQUIRED:
        return True
    return scope.definitions.command(name, place, scope.compilation.diagnostics, _KNOWN) or False


def _builtin(name: str, key: Scalar, value: Node, step: MapNode, scope: Scope) -> Node:
    """Return a built-in step with its tags filled; without tags it is the same for every use."""
    diagnostics = scope.compilation.diagnostics
    if value.tagged:
        return normal_form(name, key, substitute(value, scope), step, diagnostics)
    return scope.compilation.steps.get((id(step),), step, lambda: normal_form(name, key, value, step, diagnostics))


def _append(out: list[Node], step: Node, scope: Scope) -> None:
    scope.compilation.budget.spend_steps(1, step)
    out.append(step)


def _arguments(name: str, value: Node, scope: Scope) -> Mapping[str, tuple[Scalar, Argument]]:
    if isinstance(value, MapNode):
        return value.entries
    if not value.is_null:
        scope.compilation.diagnostics.error(value, f"the arguments of command '{name}' must be a map")
    return {}


def call(command: Command, given: Mapping[str, tuple[Scalar, Argument]], place: Scalar, scope: Scope) -> list[Node]:
    """Return the steps of a command that is used at ``place`` with arguments written in ``scope``."""
    if command in scope.calls:
        _report_recursion(command, place, scope)
        return []
    if len(scope.calls) >= LIMITS.commands:
        raise exhausted(place, f"commands call each other more than {LIMITS.commands} deep")
    calls = (*scope.calls, command)
    home = Scope(scope.compilation, command.definitions, {}, None, calls)
    with scope.compilation.diagnostics.within(f"Error calling command: '{place.value}'", place.position):
        bound = bind(f"command '{place.value}'", command.declarations, given, scope, home, place)
        key = (id(command), tuple(identity(value) for value in bound.values()))
        known = scope.compilation.commands.known(key)
        if known is None:
            inner = Scope(scope.compilation, command.definitions, bound, None, calls)
            return scope.compilation.commands.make(key, bound, lambda: expand(command.steps, inner))
        scope.compilation.budget.spend_steps(len(known), place)
        return known


def _report_recursion(command: Command, place: Scalar, scope: Scope) -> None:
    start = scope.calls.index(command)
    chain = " -> ".join(call.name for call in (*scope.calls[start:], command))
    scope.compilation.diagnostics.error(place, f"command '{command.name}' calls itself: {chain}", "break the chain")


def _expand_condition(name: str, key: Scalar, value: Node, scope: Scope, out: list[Node]) -> None:
    """Expand the steps of a condition if it holds (reusable config reference, "Defining conditional steps")."""
    condition = value.get("condition") if isinstance(value, MapNode) else None
    steps = value.get("steps") if isinstance(value, MapNode) else None
    if condition is None or steps is None:
        lacking = "condition" if condition is None else "steps"
        scope.compilation.diagnostics.error(
            key, f"required key [{lacking}] not found in step {name}", "it needs condition and steps"
        )
        return
    for text, (extra, _) in value.entries.items() if isinstance(value, MapNode) else ():
        if text not in ("condition", "steps"):
            scope.compilation.diagnostics.error(extra, f"extraneous key [{text}] is not permitted in step {name}")
    held = evaluate_condition(condition, scope)
    if held is not None and held == (name == "when"):
        out += expand(_listed(steps), scope)


def _listed(steps: Node) -> Node:
    """Return the steps of a condition as a list: CircleCI's schema lets a single step stand for the list."""
    single = isinstance(steps, MapNode) or (steps.text is not None and not steps.tagged)
    return ListNode([steps], steps.file, steps.line, steps.column, steps.tagged) if single else steps


def bind(
    what: str,
    declared: Mapping[str, Declaration],
    given: Mapping[str, tuple[Scalar, Argument]],
    caller: Scope,
    home: Scope,
    place: Place,
) -> dict[str, Argument]:
    """Return the values of a call's parameters: arguments made in the caller's scope, defaults in the element's own.

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
        argument = given[name][1] if name in given else None
        if argument is not None and (argument is BROKEN or not argument.is_null):
            bound[name] = convert(argument, declaration, caller)
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
    """Return a default's value: the same for every use, so made once."""
    key = (id(declaration),)
    return home.compilation.defaults.get(key, declaration, lambda: convert(default, declaration, home))


def convert(argument: Argument, declared: Declaration, scope: Scope) -> Argument:
    """Return an argument as its declaration wants it.

    Tags are filled in ``scope``; steps are expanded and executors chosen there.
    """
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


def choose(argument: Argument, scope: Scope) -> ExecutorChoice | None:
    """Return the executor that ``name`` or ``{name: ..., argument: ...}`` means in ``scope``; None once reported."""
    if isinstance(argument, Scalar) and argument.tagged:
        argument = substitute_scalar(argument, scope)
    if argument is BROKEN:
        return None
    if isinstance(argument, ExecutorChoice):
        return argument
    if isinstance(argument, Scalar) and isinstance(argument.value, str):
        return ExecutorChoice(argument.value, {}, scope.definitions, argument.position)
    if isinstance(argument, MapNode):
        return _choose_with_arguments(argument, scope)
    scope.compilation.diagnostics.error(
        argument.position, "Unexpected executor invocation format", "write its name, or a map with name and arguments"
    )
    return None


def _choose_with_arguments(node: MapNode, scope: Scope) -> ExecutorChoice | None:
    name = node.get("name")
    if name is None:
        scope.compilation.diagnostics.error(node, "Unexpected executor invocation format", "the map needs a name")
        return None
    if not isinstance(name, Scalar) or not (name.tagged or isinstance(name.value, str)):
        scope.compilation.diagnostics.error(name, "The value of `name` must be a string")
        return None
    chosen = choose(name, scope)
    if chosen is None:
        return None
    given = dict(chosen.arguments)
    for text, (key, value) in node.entries.items():
        if text != "name":
            given[text] = (
                key,
                substitute_scalar(value, scope) if isinstance(value, Scalar) else substitute(value, scope),
            )
    return ExecutorChoice(chosen.name, given, chosen.definitions, node.position)
