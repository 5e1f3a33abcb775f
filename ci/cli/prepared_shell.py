"""``shell JOB --prepare``: a run up to a step of one job, for the shell that opens there."""

from __future__ import annotations

import contextlib
import os
import sys
from collections.abc import Sequence

from ..dataclass import replace
from ..errors import FAILED, Problem, UsageError
from ..escapes import visible_name
from ..options.given import parse_run
from ..options.table import Options
from ..pipeline.run_mode import RunMode
from ..project.project import Project
from ..system.command_names import typed_command
from ..workflow.step_reference import StepReference
from .arguments import prog


def prepared_shell(project: Project, job: str, step: int, workflow: str, argv: Sequence[str]) -> int:
    """Run a job with its parents up to a step, and have a shell there; return its status. The job ends with it.

    Without a step that is the one that fails, or the last. ``argv`` are options of ``run``.
    """
    from ..pause.prepared_job import PreparedJob
    from ..pause.terminal_relay import user_terminal

    if not job:
        raise UsageError(
            Problem(
                "--prepare needs the name of a job before it", None, f"Such as: {typed_command('shell JOB --prepare')}"
            )
        )
    options = parse_run(argv, project.settings, os.environ, prog("shell JOB --prepare"))
    place = StepReference(str(step or 1), job)
    options = replace(options, jobs=(job,), pause_before=(place,), pause=False, pause_after=(), report="never")
    project = replace(project, named=options.config or project.named)
    prepared = PreparedJob(not step, _say)
    with contextlib.ExitStack() as stack:
        if not user_terminal():  # the output is the shell's alone
            stack.enter_context(contextlib.redirect_stdout(sys.stderr))
        status = _run(project, workflow, options, RunMode(prepared))
    if prepared.status is not None or options.dry_run:
        return status if prepared.status is None else prepared.status
    if status in (0, FAILED):
        where = f"step {step} of {job}" if step else f"the end of {job}"
        print(f"error: no shell was opened: the run ended before {visible_name(where)}", file=sys.stderr)
    return status or FAILED


def _run(project: Project, workflow: str, options: Options, mode: RunMode) -> int:
    from ..pipeline.pipeline import run_pipeline, run_single_job

    if workflow:
        return run_pipeline(project, workflow, options, mode)
    return run_single_job(project, options, mode)


def _say(lines: Sequence[str]) -> None:
    for line in (*lines, "the job ends with the shell"):
        print(visible_name(line), flush=True)
