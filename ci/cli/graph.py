"""``graph``: each workflow's jobs, as text, as boxes on a terminal, or in the language of a program that draws."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Sequence
from pathlib import Path

from ..errors import PASSED, Problem, UsageError
from ..options.given import chosen_options
from ..project.project import find_project
from ..report.style import style_of, width_of
from ..source.suggest import choices
from ..workflow.job_instances import Workflow
from .arguments import compiling_arguments
from .screen import show_text


def command(argv: Sequence[str], start: Path) -> int:
    """Print each workflow's jobs in order, with what they require."""
    given = compiling_arguments("graph", argv, start)
    from ..pipeline.compile_project import compile_project
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
    if given.json or given.format == "json":
        print(json.dumps(graph_data(shown), indent=2))
        return PASSED
    show_text(_drawn(given.format, shown))
    return PASSED


def _drawn(form: str, workflows: Sequence[Workflow]) -> str:
    """Return the graphs in a form; without one as boxes where they fit a terminal, else as text."""
    from ..report.graph_text import graph_text

    if form == "svg":
        from ..page.graph_svg import graph_svg

        return graph_svg(workflows)
    if form in ("mermaid", "dot"):
        from ..report.graph_diagrams import DIAGRAMS

        return DIAGRAMS[form](workflows)
    width = 0 if form or not style_of(sys.stdout).unicode else width_of(sys.stdout)
    if not width:
        return "\n\n".join(graph_text(workflow) for workflow in workflows)
    from ..report.graph_boxes import graph_boxes

    return "\n\n".join(graph_boxes(workflow, width) or graph_text(workflow) for workflow in workflows)
