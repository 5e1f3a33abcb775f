"""Which names a tag can refer to, and what is put in its place.

"Pipeline values and parameters" guide, "The scope of parameters in configuration": an element's parameters are seen in
its own body only; pipeline values everywhere; pipeline parameters everywhere but in orbs; a matrix's values in its
entry.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from ..dataclass import dataclass, replace
from ..source.nodes import ListNode, MapNode, Node, Scalar, Value
from ..source.suggest import first_names
from .announced import IN_EXPRESSIONS, check_pattern
from .compilation import Compilation
from .definitions import BROKEN, Argument, Command, Definitions, ExecutorChoice, Steps
from .expression import EvaluationProblem, Expression, Name, SyntaxProblem, evaluate, names, patterns, truthy
from .java_regex import RegexProblem
from .template import Part, Section

INCLUDE = re.compile(r"<<\s*include\((?P<file>[-\w/.]+)\)?\s*>>", re.ASCII)
"""What ``orb pack`` replaces by a file: https://circleci.com/docs/orbs/author/orb-concepts/#file-include-syntax"""
_PREFIXES = ("parameters.", "matrix.", "pipeline.parameters.", "pipeline.")
UNDECLARED = "Arguments referenced without declared parameters: "


class Undefined(Exception):
    """A name without a value: reported already."""


@dataclass(frozen=True, slots=True)
class Scope:
    """Where something is written: the definitions it sees and the values of its names."""

    compilation: Compilation
    definitions: Definitions
    parameters: Mapping[str, Argument] | None = None
    """The arguments of the element that is being expanded; None outside of elements."""
    matrix: Mapping[str, Argument] | None = None
    calls: tuple[Command, ...] = ()
    """The commands that are being expanded, outermost first."""

    def inside(self, definitions: Definitions, parameters: Mapping[str, Argument]) -> Scope:
        """Return the scope in the body of an element of ``definitions`` that has these ``parameters``."""
        return Scope(self.compilation, definitions, parameters, None, self.calls)

    def with_matrix(self, values: Mapping[str, Argument]) -> Scope:
        return replace(self, matrix=values)

    def find(self, name: str) -> Argument | Value:
        """Return the value of ``name``; raise KeyError if it has no value."""
        head, _, rest = name.partition(".")
        if head == "parameters" and self.parameters is not None:
            return self.parameters[rest]
        if head == "matrix" and self.matrix is not None:
            return self.matrix[rest]
        if head == "pipeline":
            if rest.startswith("parameters."):
                return (self.definitions.pipeline_parameters or {})[rest[11:]]
            return self.compilation.values[rest]
        raise KeyError(name)

    def known_names(self) -> list[str]:
        """Return every name that a tag here can refer to."""
        found = [f"parameters.{name}" for name in self.parameters or ()]
        found += [f"matrix.{name}" for name in self.matrix or ()]
        found += [f"pipeline.parameters.{name}" for name in self.definitions.pipeline_parameters or ()]
        return found + [f"pipeline.{name}" for name in self.compilation.values]


def substitute(node: Node, scope: Scope) -> Node:
    """Return the node with every tag in it replaced; what has no tag is shared, not copied."""
    if not node.tagged:
        return node
    if isinstance(node, Scalar):
        return to_node(substitute_scalar(node, scope), node, scope)
    if isinstance(node, ListNode):
        return ListNode([substitute(item, scope) for item in node.items], node.file, node.line, node.column)
    entries = {text: (key, substitute(value, scope)) for text, (key, value) in node.entries.items()}
    return MapNode(entries, node.file, node.line, node.column)


def to_node(argument: Argument, place: Scalar, scope: Scope) -> Node:
    """Return an argument as a node, for a place that takes only YAML."""
    if isinstance(argument, Steps):
        scope.compilation.diagnostics.error(
            place, f"steps cannot stand here: {place.value}", "steps go where a list of steps is expected"
        )
        return BROKEN
    if isinstance(argument, ExecutorChoice):
        return Scalar(argument.name, place.file, place.line, place.column)
    return argument


def substitute_scalar(node: Scalar, scope: Scope) -> Argument:
    """Return what a scalar with tags stands for: the value itself if the tag is all of it, else text."""
    text = node.value
    if not isinstance(text, str) or not node.tagged:
        return node
    if "include(" in text and (include := INCLUDE.search(text)):
        scope.compilation.diagnostics.not_packed(node.position, include[0])
        return BROKEN
    template = scope.compilation.template(text)
    if isinstance(template, SyntaxProblem):
        hint = "('<<' must be escaped as '\\<<' in config v2.1+)" if "Unclosed '<<'" in str(template) else ""
        scope.compilation.diagnostics.error(node, str(template), hint)
        return BROKEN
    try:
        if template.whole is not None:
            return to_argument(evaluate_tag(template.whole, node, scope), node)
        rendered = _render(template.parts, node, scope)
    except Undefined:
        return BROKEN
    return Scalar(rendered, node.file, node.line, node.column)


def to_argument(value: object, place: Scalar) -> Argument:
    """Return a value as a node that stands at ``place``."""
    if isinstance(value, (Scalar, ListNode, MapNode, Steps, ExecutorChoice)):
        return value
    assert value is None or isinstance(value, (str, int, float))
    return Scalar(value, place.file, place.line, place.column)


def to_value(value: object) -> object:
    """Return a scalar's or an executor's value; lists and maps stay nodes."""
    if isinstance(value, Scalar):
        return value.value
    return value.name if isinstance(value, ExecutorChoice) else value


def evaluate_tag(expression: Expression, place: Scalar, scope: Scope) -> object:
    """Return the value of an expression; raise Undefined once its problem is reported."""
    if isinstance(expression, Name):
        return _lookup([expression.name], place, scope)[0]
    found = dict(zip(names(expression), _lookup(names(expression), place, scope), strict=True))
    for pattern in patterns(expression, lambda name: to_value(found[name])):
        check_pattern(pattern, place, IN_EXPRESSIONS, scope.compilation.diagnostics)
    try:
        return evaluate(expression, lambda name: to_value(found[name]), scope.compilation.matcher.full_match)
    except (EvaluationProblem, RegexProblem) as problem:
        scope.compilation.diagnostics.error(place, str(problem))
        raise Undefined from None


def _lookup(wanted: list[str], place: Scalar, scope: Scope) -> list[Argument | Value]:
    """Return the values of all names; report each name without a value, then raise Undefined."""
    found: list[Argument | Value] = []
    missing: list[str] = []
    for name in wanted:
        try:
            value = scope.find(name)
        except KeyError:
            missing.append(name)
        else:
            found.append(value)
    if missing:
        undeclared = first_names(dict.fromkeys(missing), len(set(missing)))
        scope.compilation.diagnostics.error(place, UNDECLARED + undeclared, _undeclared_hint(missing[0], place, scope))
        raise Undefined
    if any(value is BROKEN for value in found):
        raise Undefined
    return found


def _undeclared_hint(name: str, place: Scalar, scope: Scope) -> str | None:
    if not scope.compilation.diagnostics.hints:
        return None
    head = name.partition(".")[0]
    known = scope.known_names()
    if head == "pipeline" and name.startswith("pipeline.parameters.") and scope.definitions.pipeline_parameters is None:
        return "pipeline parameters cannot be seen in orbs; pass it as an argument"
    for prefix in _PREFIXES:
        if prefix + name in known:
            return f"write << {prefix}{name} >>"
    near = _near(name, known, scope)
    if near:
        return near
    if head == "parameters" and scope.parameters is None:
        return "parameters can be seen only inside the job, command or executor that declares them"
    if head in ("parameters", "pipeline", "matrix"):
        return (
            f"declare it under {'parameters:' if head != 'matrix' else 'matrix: parameters:'}"
            if head != "pipeline"
            else None
        )
    if not place.tagged:
        return _outside_tags_hint(name)
    return "if this is shell text such as a heredoc, write \\<< for <<"


def _near(name: str, known: list[str], scope: Scope) -> str | None:
    """Return the hint at the nearest known name, if any; a prefix that both have makes no two names near each other."""
    prefix = next((each for each in _PREFIXES if name.startswith(each)), "")
    tails = [each.removeprefix(prefix) for each in known if each.startswith(prefix)]
    near = scope.compilation.diagnostics.suggest(name.removeprefix(prefix), tails)
    return near and near.replace("'", f"'{prefix}", 1)


def _outside_tags_hint(name: str) -> str:
    """Return the hint for an unknown name in a workflow's when or a job's filters, which are expressions as a whole."""
    if name in ("always", "on_success", "on_fail"):
        return f"'{name}' is for the when of a step; a workflow's when is a condition"
    return f'put text in double quotes, as in pipeline.git.branch == "{name}"'


def _render(parts: tuple[Part, ...], place: Scalar, scope: Scope) -> str:
    """Return the text of a template; raise Undefined once every problem in it is reported."""
    out: list[str] = []
    broken = False
    for part in parts:
        try:
            if isinstance(part, str):
                scope.compilation.budget.spend_characters(len(part), place)
                out.append(part)
            elif isinstance(part, Section):
                kept = truthy(to_value(evaluate_tag(part.condition, place, scope))) != part.inverted
                out.append(_render(part.parts, place, scope) if kept else "")
            else:
                text = to_text(evaluate_tag(part, place, scope), place, scope)
                scope.compilation.budget.spend_characters(len(text), place)
                out.append(text)
        except Undefined:
            broken = True
    if broken:
        raise Undefined
    return "".join(out)


def to_text(value: object, place: Scalar, scope: Scope) -> str:
    """Return a value as it stands in longer text: true and false, decimal numbers, nothing for null."""
    plain = to_value(value)
    if isinstance(plain, str):
        return plain
    if isinstance(plain, bool):
        return "true" if plain else "false"
    if plain is None:
        return ""
    if isinstance(plain, (int, float)):
        return str(plain)
    kind = "steps" if isinstance(plain, Steps) else "a list" if isinstance(plain, ListNode) else "a map"
    scope.compilation.diagnostics.error(place, f"{kind} cannot be part of a text: {place.value}")
    raise Undefined
