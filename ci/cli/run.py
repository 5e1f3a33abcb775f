"""``run``: a workflow, or a job of it with its parents."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path

from ..dataclass import replace
from ..errors import Problem, UsageError
from ..options.given import parse_run
from ..options.table import Options
from ..pipeline.begin_early import begin_early
from ..pipeline.run_mode import RunMode
from ..project.project import Project, find_project
from ..system.command_names import typed_command
from .arguments import prog
from .pausable_run import run_pausable


def command(argv: Sequence[str], start: Path) -> int:
    """Run a workflow, a job of it with its parents, or all that a push starts: run [WORKFLOW] [options]."""
    workflow, rest = ("", argv) if not argv or argv[0].startswith("-") else (argv[0], argv[1:])
    project, options = _asked(workflow, rest, start)
    if options.watch and not options.dry_run:
        if not workflow and not options.jobs:
            message = "--watch needs a workflow: it runs the jobs of one again"
            raise UsageError(Problem(message, None, f"Name it: `{typed_command('run WORKFLOW --watch')}`."))
        from .watched_run import run_watched

        return run_watched(project, options, lambda mode: _run(*_asked(workflow, rest, start), workflow, mode))
    return run_pausable(options, lambda pauses: _run(project, options, workflow, RunMode(pauses)))


def _asked(workflow: str, argv: Sequence[str], start: Path) -> tuple[Project, Options]:
    """Return the project and the options as they are now."""
    project = find_project(start)
    options = parse_run(argv, project.settings, os.environ, prog(f"run {workflow or 'WORKFLOW'}"))
    return replace(project, named=options.config or project.named), options


def _run(project: Project, options: Options, workflow: str, mode: RunMode) -> int:
    begin_early(project, options)
    from ..pipeline.pipeline import run_pipeline, run_single_job, run_started

    if workflow:
        return run_pipeline(project, workflow, options, mode)
    if options.jobs or options.job_params:
        return run_single_job(project, replace(options, unnamed=options.jobs_of_project), mode)
    return run_started(project, options, mode)
