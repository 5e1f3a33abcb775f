"""A whole run on one screen: compile, plan, prepare, run and report.

Each function gets the last one's result; the details are in the module that it comes from.
"""

from __future__ import annotations

from ..compiler.compiled import Compiled
from ..errors import PASSED
from ..options.table import Options
from ..project.project import Project
from ..report.problems import report_missing, warn_briefly
from ..workflow.load_jobs import workflows
from ..workflow.plan import Plan, make_plan
from .chosen_workflow import find_workflow, named_job, only_workflow, refuse_uncalled, selection
from .compile_project import compile_project
from .prepare import prepare
from .reported_run import run_alone, show_plan
from .single_job import workflows_with


def run_pipeline(project: Project, name: str, options: Options) -> int:
    """Run the workflow of that name, or a setup workflow and what it continues with; return the exit status.

    Raises CiError for bad input, KeyboardInterrupt (everything cleaned up) if the user ended it.
    """
    compiled = compile_project(project, options)
    report_compiled(compiled, options)
    if compiled.setup:
        from .dynamic_config import run_setup

        return run_setup(project, compiled, name, options)
    workflow = find_workflow(workflows(compiled.workflows, compiled.jobs, project.settings.python_from), name)
    refuse_uncalled(compiled, workflow, options)
    return run_plan(project, compiled, make_plan(workflow, selection(options)), options)


def run_single_job(project: Project, options: Options) -> int:
    """Run the one job that the options name, with its parents if a workflow has it; return the exit status."""
    job = named_job(options)
    compiled, found = workflows_with(project, job, options, lambda call: compile_project(project, options, call))
    report_compiled(compiled, options)
    return run_plan(project, compiled, make_plan(only_workflow(found, job), selection(options)), options)


def report_compiled(compiled: Compiled, options: Options) -> None:
    """Print the warnings of a compiled config and its missing orbs; under ``--strict`` warnings are a ConfigError."""
    warn_briefly(compiled.warnings, options.strict)
    report_missing(compiled.missing)


def run_plan(project: Project, compiled: Compiled, plan: Plan, options: Options) -> int:
    """Prepare a plan and run it, or with ``--dry-run`` show what would run; return the exit status."""
    context = prepare(project, plan, options)
    if options.dry_run:
        show_plan(context)
        return PASSED
    return run_alone(project, compiled, context, options)
