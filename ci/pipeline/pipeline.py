"""A whole run on one screen: compile, plan, prepare, run and report.

Each function gets the last one's result; the details are in the module that it comes from.
"""

from __future__ import annotations

from ..errors import PASSED
from ..options.table import Options
from ..project.project import Project
from ..report.problems import report_missing, warn_briefly
from ..workflow.plan import Plan, make_plan
from .chosen_workflow import find_workflow, named_job, only_workflow, refuse_uncalled, selection
from .load_project import load_project
from .loaded_config import LoadedConfig
from .prepare import prepare
from .reported_run import run_alone, show_plan
from .run_mode import RunMode


def run_pipeline(project: Project, name: str, options: Options, mode: RunMode) -> int:
    """Run the workflow of that name, or a setup workflow and what it continues with; return the exit status.

    Raises CiError for bad input, KeyboardInterrupt (everything cleaned up) if the user ended it.
    """
    config = load_project(project, options)
    report_config(config, options)
    if config.setup:
        from .dynamic_config import run_setup

        return run_setup(project, config, name, options, mode)
    workflow = find_workflow(config.workflows(), name)
    refuse_uncalled(config, workflow, options)
    return run_plan(project, config, make_plan(workflow, selection(options)), options, mode)


def run_single_job(project: Project, options: Options, mode: RunMode) -> int:
    """Run the one job that the options name, with its parents if a workflow has it; return the exit status."""
    from .single_job import workflows_with

    job = named_job(options)
    config, found = workflows_with(job, options, lambda call: load_project(project, options, call))
    report_config(config, options)
    return run_plan(project, config, make_plan(only_workflow(found, job), selection(options)), options, mode)


def run_started(project: Project, options: Options, mode: RunMode) -> int:
    """Run all that the event starts that the options choose, by default a push; return the worst exit status."""
    from .event_run import run_event

    return run_event(project, options, mode, report_config)


def report_config(config: LoadedConfig, options: Options) -> None:
    """Print the warnings of a config and its missing orbs; under ``--strict`` warnings are a ConfigError."""
    warn_briefly(config.warnings, options.strict)
    report_missing(config.missing)


def run_plan(project: Project, config: LoadedConfig, plan: Plan, options: Options, mode: RunMode) -> int:
    """Prepare a plan and run it, or with ``--dry-run`` show what would run; return the exit status."""
    context = prepare(project, plan, options, mode)
    if options.dry_run:
        show_plan(context, options.json)
        return PASSED
    return run_alone(project, config, context, options, mode)
