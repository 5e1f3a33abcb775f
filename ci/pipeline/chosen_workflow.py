"""Which workflow of a compiled config a run is about, and what is wrong with the names that the user gave."""

from __future__ import annotations

import shlex
from collections.abc import Sequence

from ..errors import Problem, UsageError
from ..options.table import Options
from ..source.suggest import choices
from ..system.command_names import typed_command
from ..workflow.job_instances import Workflow
from ..workflow.plan import Selection, has_job
from .loaded_config import LoadedConfig


def find_workflow(found: Sequence[Workflow], name: str) -> Workflow:
    """Return the workflow of that name. Raises UsageError, with the nearest name, if there is no such workflow."""
    for workflow in found:
        if workflow.name == name:
            return workflow
    raise UsageError(Problem(f"there is no workflow {name!r}", None, choices(name, [each.name for each in found])))


def refuse_uncalled(config: LoadedConfig, workflow: Workflow, options: Options) -> None:
    """Raise UsageError for a job that the config defines and the workflow does not call, and for arguments."""
    if options.job_params:
        again = typed_command("run -j JOB --job-param NAME=VALUE")
        hint = f"A job is run alone, with arguments, without the workflow's name: `{again}`."
        raise UsageError(Problem(f"--job-param: workflow {workflow.name!r} gives its jobs their arguments", None, hint))
    for job in options.jobs:
        if job in config.declared and workflow.active and not has_job(workflow, job):
            hint = f"It runs without the workflow's name: `{typed_command(shlex.join(['run', '-j', job]))}`"
            hint = f"{hint} (arguments: --job-param NAME=VALUE)."
            raise UsageError(Problem(f"workflow {workflow.name!r} does not call job {job!r}", workflow.position, hint))


def named_job(options: Options) -> str:
    """Return the one job that the options name. Raises UsageError if they name none, or several."""
    if len(options.jobs) != 1:
        hint = f"`{typed_command('list')}` lists them; `{typed_command('run -j JOB')}` runs one job, wherever it is."
        raise UsageError(Problem("run needs the name of a workflow", None, hint))
    return options.jobs[0]


def only_workflow(found: Sequence[Workflow], job: str) -> Workflow:
    """Return the one workflow that has a job. Raises UsageError if several have it."""
    if len(found) > 1:
        names = " and ".join(workflow.name for workflow in found)
        hint = f"Name the workflow: `{typed_command(shlex.join(['run', found[0].name, '-j', job]))}`."
        raise UsageError(Problem(f"several workflows have a job {job!r}: {names}", None, hint))
    return found[0]


def selection(options: Options) -> Selection:
    """Return which of a workflow's jobs the options choose."""
    return Selection(options.jobs, options.executors, options.parents)
