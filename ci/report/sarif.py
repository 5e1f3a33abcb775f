"""Problems of a config as SARIF 2.1.0, which code scanning services and editors read.

https://docs.oasis-open.org/sarif/sarif/v2.1.0/sarif-v2.1.0.html
"""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from urllib.parse import quote

from ..errors import Position, Problem

SCHEMA = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"
RULE = "circleci-config"
_HOME = "https://circleci.com/docs/reference/configuration-reference/"


def sarif(
    errors: Iterable[Problem], warnings: Iterable[Problem], version: str, path: Callable[[str], str] = str
) -> str:
    """Return one document with a result for each problem; ``path`` returns a file's path from the repository's top."""
    found = [("error", each) for each in errors] + [("warning", each) for each in warnings]
    rule = {
        "id": RULE,
        "shortDescription": {"text": "The CircleCI config is wrong, or does something else than it seems to."},
        "helpUri": _HOME,
    }
    driver = {"name": "nox-circleci", "version": version, "rules": [rule]}
    results = [_result(level, problem, path) for level, problem in found]
    run = {"tool": {"driver": driver}, "columnKind": "unicodeCodePoints", "results": results}
    return json.dumps({"$schema": SCHEMA, "version": "2.1.0", "runs": [run]}, indent=2)


def _result(level: str, problem: Problem, path: Callable[[str], str]) -> dict[str, object]:
    text = f"{problem.message}\n{problem.hint}" if problem.hint else problem.message
    result: dict[str, object] = {"ruleId": RULE, "level": level, "message": {"text": text}}
    if problem.position:
        result["locations"] = [{"physicalLocation": _place(problem.position, path)}]
    users = [(label, position) for label, position in problem.trail if position]
    if users:
        result["relatedLocations"] = [
            {"id": number, "physicalLocation": _place(position, path), "message": {"text": label}}
            for number, (label, position) in enumerate(users, 1)
        ]
    return result


def _place(position: Position, path: Callable[[str], str]) -> Mapping[str, object]:
    region = {"startLine": position.line, "startColumn": position.column}
    return {"artifactLocation": {"uri": _uri(path(position.file))}, "region": region}


def _uri(file: str) -> str:
    return Path(file).as_uri() if os.path.isabs(file) else quote(file, errors="replace")
