"""``list``: the config's sessions."""

from __future__ import annotations

import json
import os
from collections.abc import Sequence
from pathlib import Path

from ..errors import PASSED
from ..escapes import visible_name
from ..options.given import chosen_options
from ..project.project import find_project
from .arguments import compiling_arguments


def command(argv: Sequence[str], start: Path) -> int:
    """List the config's workflows and jobs, as the sessions that they are in nox."""
    from ..pipeline.load_project import load_project
    from ..report.problems import report_missing, warn_briefly

    given = compiling_arguments("list", argv, start)
    project = find_project(start, config=given.config or "")
    loaded = load_project(project, chosen_options(given, project.settings, os.environ, "list"))
    warn_briefly(loaded.warnings)
    report_missing(loaded.missing)
    if given.json:
        rows = [{"session": each.name, "description": each.description, "tags": each.tags} for each in loaded.sessions]
        print(json.dumps(rows, indent=2))
        return PASSED
    names = [visible_name(session.name) for session in loaded.sessions]
    width = max(map(len, names), default=0)
    for name, session in zip(names, loaded.sessions, strict=True):
        print(f"{name:<{width}}  {visible_name(session.description)}")
    return PASSED
