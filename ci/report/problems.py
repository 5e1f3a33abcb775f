"""Problems as one JSON document, for editors."""

from __future__ import annotations

import json
from collections.abc import Iterable

from ..errors import Position, Problem


def problems_json(errors: Iterable[Problem], warnings: Iterable[Problem]) -> str:
    """``{"valid": ..., "errors": [...], "warnings": [...]}``; lines and columns count from 1."""
    wrong = [_problem(each) for each in errors]
    document = {"valid": not wrong, "errors": wrong, "warnings": [_problem(each) for each in warnings]}
    return json.dumps(document, indent=2, ensure_ascii=False)


def _problem(problem: Problem) -> dict[str, object]:
    trail = [{"label": label, **_place(position)} for label, position in problem.trail]
    return {"message": problem.message, **_place(problem.position), "hint": problem.hint, "trail": trail}


def _place(position: Position | None) -> dict[str, object]:
    if position is None:
        return {"file": None, "line": None, "column": None}
    return {"file": position.file, "line": position.line, "column": position.column}
