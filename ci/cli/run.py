"""``run``: a workflow, or a job of it with its parents."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path

from ..dataclass import replace
from ..options.parser import parse_run
from ..pipeline.run_mode import RunMode
from ..project.project import find_project
from .arguments import prog
from .pausable_run import run_pausable


def command(argv: Sequence[str], start: Path) -> int:
    """Run a workflow, or a job of it with its parents: run WORKFLOW [options]."""
    project = find_project(start)
    workflow, rest = ("", argv) if not argv or argv[0].startswith("-") else (argv[0], argv[1:])
    options = parse_run(rest, project.settings, os.environ, prog(f"run {workflow or 'WORKFLOW'}"))
    project = replace(project, named=options.config or project.named)
    if not workflow:
        from ..pipeline.pipeline import run_single_job

        return run_pausable(options, lambda pauses: run_single_job(project, options, RunMode(pauses)))
    from ..pipeline.pipeline import run_pipeline

    return run_pausable(options, lambda pauses: run_pipeline(project, workflow, options, RunMode(pauses)))
