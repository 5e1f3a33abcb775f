"""A run once more: its workflow, or its single job, with the results that it takes over."""

from __future__ import annotations

from ..dataclass import replace
from ..options.table import Options
from ..project.project import Project
from .load_project import load_project
from .pipeline import run_pipeline, run_single_job, run_started
from .run_mode import RunMode


def run_recorded(project: Project, options: Options, mode: RunMode) -> int:
    """Run what the earlier run of the mode has run; return the exit status."""
    assert mode.earlier is not None
    record = mode.earlier.record
    options = replace(options, unnamed=record.unnamed)
    if record.unnamed and not record.options.get("jobs"):
        return run_started(project, options, mode)
    workflows = record.workflows
    # a setup workflow, and one that it continued with: that one was asked for; of several, all were
    name = workflows[1].name if len(workflows) == 2 else workflows[0].name
    config = load_project(project, replace(options, job_params=()))
    if options.job_params or (not config.setup and name not in [each.name for each in config.workflows()]):
        return run_single_job(project, options, mode)
    return run_pipeline(project, name, options, mode)
