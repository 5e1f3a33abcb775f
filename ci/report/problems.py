"""Problems of a config: on standard error, or as one JSON document for editors."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable, Iterator, Sequence

from ..errors import ConfigError, Position, Problem
from ..escapes import visible
from ..system.command_names import typed_command

BRIEF = 10
"""How many warnings are shown if the config is not what was asked about."""


def warn(warnings: Iterable[Problem]) -> None:
    """Print warnings on standard error, each with what leads to its place."""
    for warning in warnings:
        print(f"warning: {warning}", file=sys.stderr)


def warn_briefly(warnings: Sequence[Problem], strict: bool = False) -> None:
    """Print the first warnings without what leads to them; ``strict`` makes all of them a ConfigError."""
    if strict:
        refuse_warnings(warnings)
    warn(Problem(each.message, each.position, each.hint) for each in warnings[:BRIEF])
    if len(warnings) > BRIEF:
        print(f"warning: {len(warnings) - BRIEF} more, which `{typed_command('validate')}` prints", file=sys.stderr)


def report_missing(missing: Iterable[Problem]) -> None:
    """Print the problem of each missing orb, without what leads to it."""
    for each in missing:
        print(Problem(each.message, each.position, each.hint), file=sys.stderr)


def refuse_warnings(warnings: Sequence[Problem]) -> None:
    """Raise ConfigError with the warnings, if there are any."""
    if warnings:
        raise ConfigError(*warnings)


def problems_json(errors: Iterable[Problem], warnings: Iterable[Problem]) -> str:
    """``{"valid": ..., "errors": [...], "warnings": [...]}``; lines and columns count from 1."""
    wrong = [_problem(each) for each in errors]
    document = {"valid": not wrong, "errors": wrong, "warnings": [_problem(each) for each in warnings]}
    return json.dumps(document, indent=2, ensure_ascii=False)


def problem_annotations(errors: Iterable[Problem], warnings: Iterable[Problem], folder: str) -> Iterator[str]:
    """Yield the commands by which GitHub shows problems in the changed files, named from ``folder``."""
    from .workflow_commands import annotation

    for level, found in (("error", errors), ("warning", warnings)):
        for each in found:
            users = [f"{label}{f' at {place}' if place else ''}" for label, place in each.trail]
            text = "\n".join(filter(None, (each.message, *users, each.hint)))
            yield annotation(level, visible(text), each.position, "CircleCI config", folder)


def _problem(problem: Problem) -> dict[str, object]:
    trail = [{"label": label, **_place(position)} for label, position in problem.trail]
    return {"message": problem.message, **_place(problem.position), "hint": problem.hint, "trail": trail}


def _place(position: Position | None) -> dict[str, object]:
    if position is None:
        return {"file": None, "line": None, "column": None}
    return {"file": position.file, "line": position.line, "column": position.column}
