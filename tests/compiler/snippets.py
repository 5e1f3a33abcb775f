"""Pieces of a config for the tests of one part of the compiler: nodes from text, a scope with values, what is reported.

A piece stands in flow style on one line, so that a problem's place is the text that stands there.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ci.compiler.announced import Announced
from ci.compiler.compilation import Compilation
from ci.compiler.definitions import Argument, Definitions
from ci.compiler.diagnostics import Diagnostics
from ci.compiler.scope import Scope
from ci.errors import ConfigError, Problem
from ci.source.load import load
from ci.source.nodes import MapNode, Node, Value

FILE = "config.yml"
KEY = "it: "


def node(text: str) -> Node:
    """Return the node of a value in YAML, such as ``[a, b]`` or ``{a: 1}``."""
    found = load(KEY + text, FILE).get("it")
    assert found is not None
    return found


def map_node(text: str) -> MapNode:
    found = node(text)
    assert isinstance(found, MapNode)
    return found


def scope(
    values: Mapping[str, Value] | None = None,
    parameters: Mapping[str, str | Argument] | None = None,
    pipeline_parameters: Mapping[str, Value] | None = None,
    matrix: Mapping[str, str | Argument] | None = None,
    announced: Announced = "accepted",
) -> Scope:
    """Return a scope with pipeline values, and with arguments of an element and of a matrix in YAML."""
    compilation = Compilation(Diagnostics(FILE, announced), {"git.branch": "main", "number": 7, **(values or {})})
    definitions = Definitions(pipeline_parameters=pipeline_parameters)
    return Scope(compilation, definitions, _arguments(parameters), _arguments(matrix))


def _arguments(written: Mapping[str, str | Argument] | None) -> dict[str, Argument] | None:
    if written is None:
        return None
    return {name: node(value) if isinstance(value, str) else value for name, value in written.items()}


def problems(reporter: Scope | Diagnostics) -> list[str]:
    """Return what was reported as ``COLUMN: message (hint)``, the column counted in the piece of text."""
    diagnostics = reporter.compilation.diagnostics if isinstance(reporter, Scope) else reporter
    try:
        diagnostics.raise_errors()
    except ConfigError as error:
        return [_line(problem) for problem in error.problems]
    return []


def warnings(reporter: Scope | Diagnostics) -> list[str]:
    """Return the warnings in the same form."""
    diagnostics = reporter.compilation.diagnostics if isinstance(reporter, Scope) else reporter
    return [_line(problem) for problem in diagnostics.warnings]


def at(text: str, piece: str, message: str, hint: str = "") -> str:
    """Return a problem whose place is where ``piece`` stands in the text."""
    return f"{text.index(piece) + 1}: {message}{f' ({hint})' if hint else ''}"


def _line(problem: Problem) -> str:
    column = problem.position.column - len(KEY) if problem.position else 0
    return f"{column}: {problem.message}{f' ({problem.hint})' if problem.hint else ''}"


def plain(found: Node | None) -> Any:
    """Return a node as Python data; None stays None."""
    return found.plain if found is not None else None
