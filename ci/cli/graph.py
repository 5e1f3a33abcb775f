"""``graph``: each workflow's jobs, as text."""

from __future__ import annotations

import json
import os
from collections.abc import Sequence
from pathlib import Path

from ..errors import PASSED, Problem, UsageError
from ..options.parser import chosen_options, command_parser
from ..project.project import find_project
from ..source.suggest import choices


def command(argv: Sequence[str], start: Path) -> int:
    """Print each workflow's jobs in order, with what they require."""
    given = command_parser("graph").parse(argv)
    from ..pipeline.compile_project import compile_project
    from ..report.graph_text import graph_text
    from ..report.plan_data import graph_data
    from ..report.problems import report_missing, warn_briefly
    from ..workflow.load_jobs import workflows

    project = find_project(start, config=given.config or "")
    compiled = compile_project(project, chosen_options(given, project.settings, os.environ, "graph"))
    warn_briefly(compiled.warnings)
    report_missing(compiled.missing)
    found = workflows(compiled.workflows, compiled.jobs)
    shown = [workflow for workflow in found if given.workflow in ("", workflow.name)]
    if not shown and given.workflow:
        names = [workflow.name for workflow in found]
        raise UsageError(Problem(f"there is no workflow {given.workflow!r}", None, choices(given.workflow, names)))
    if given.json:
        print(json.dumps(graph_data(shown), indent=2))
        return PASSED
    print("\n\n".join(graph_text(workflow) for workflow in shown))
    return PASSED
