"""One job by its name, whatever workflow has it: a job that no workflow calls is called as it is declared."""

from __future__ import annotations

from collections.abc import Callable

from ..compiler.compiled import Compiled
from ..compiler.job_call import JobCall
from ..errors import Problem, UsageError
from ..options.parser import Options
from ..project.project import Project
from ..report.problems import report_missing, warn_briefly
from ..source.suggest import choices
from ..workflow.load_jobs import workflows
from ..workflow.model import Workflow
from ..workflow.plan import Selection, has_job, make_plan
from .compile_project import arguments, compile_project
from .prepare import prepare, run_prepared, show_plan

Compile = Callable[[JobCall | None], Compiled]
"""Compile the config, or one job of it alone."""
Found = tuple[Compiled, tuple[Workflow, ...]]


def workflows_with(project: Project, job: str, options: Options, compile_with: Compile) -> Found:
    """Return the compiled config and its workflows that have the job, at least one.

    If none has it, or the options have arguments for it, that is a workflow that consists of the declared job.
    Raises UsageError if there is no such job, ConfigError for an argument that it does not take.
    """
    python_from = project.settings.python_from
    texts = arguments(options.job_params, "--job-param")
    if texts:
        compiled = compile_with(JobCall(job, texts))
        return compiled, workflows(compiled, python_from)
    compiled = compile_with(None)
    found = workflows(compiled, python_from)
    having = tuple(workflow for workflow in found if has_job(workflow, job))
    if having:
        return compiled, having
    if job not in compiled.declared and "/" not in job:
        names = [each.name for workflow in found for each in workflow.instances if each.job]
        hint = choices(job, list(dict.fromkeys([*names, *compiled.declared])))
        raise UsageError(Problem(f"no workflow has a job {job!r}, and the config defines none", None, hint))
    compiled = compile_with(JobCall(job))
    return compiled, workflows(compiled, python_from)


def run_job(project: Project, options: Options) -> int:
    """Run the one job that the options name, with its parents if a workflow has it; returns the exit status."""
    if len(options.jobs) != 1:
        hint = "`list` lists them; -j JOB alone runs one job, wherever it is."
        raise UsageError(Problem("run needs the name of a workflow", None, hint))
    (job,) = options.jobs
    compiled, found = workflows_with(project, job, options, lambda call: compile_project(project, options, call))
    warn_briefly(compiled.warnings, options.strict)
    report_missing(compiled.missing)
    if len(found) > 1:
        names = " and ".join(workflow.name for workflow in found)
        hint = f"Name the workflow: run {found[0].name} -j {job}."
        raise UsageError(Problem(f"several workflows have a job {job!r}: {names}", None, hint))
    plan = make_plan(found[0], Selection(options.jobs, options.executors, options.parents))
    invocation = prepare(project, plan, options)
    if options.dry_run:
        show_plan(invocation)
        return 0
    return run_prepared(project, compiled, invocation, options)
