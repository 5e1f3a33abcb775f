"""One job by its name, whatever workflow has it: a job that no workflow calls is called as it is declared."""

from __future__ import annotations

from collections.abc import Callable

from ..compiler.compiled import Compiled
from ..compiler.job_call import JobCall
from ..errors import Problem, UsageError
from ..options.table import Options
from ..project.project import Project
from ..source.suggest import choices
from ..workflow.job_instances import Workflow
from ..workflow.load_jobs import workflows
from ..workflow.plan import has_job
from .compile_project import arguments

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
        return compiled, workflows(compiled.workflows, compiled.jobs, python_from)
    compiled = compile_with(None)
    found = workflows(compiled.workflows, compiled.jobs, python_from)
    having = tuple(workflow for workflow in found if has_job(workflow, job))
    if having:
        return compiled, having
    if job not in compiled.declared and "/" not in job:
        names = [each.name for workflow in found for each in workflow.instances if each.job]
        hint = choices(job, list(dict.fromkeys([*names, *compiled.declared])))
        raise UsageError(Problem(f"no workflow has a job {job!r}, and the config defines none", None, hint))
    compiled = compile_with(JobCall(job))
    return compiled, workflows(compiled.workflows, compiled.jobs, python_from)
