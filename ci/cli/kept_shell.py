"""``shell JOB`` for a job that --keep has kept."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from ..errors import FAILED, Problem, UsageError
from ..escapes import visible_name
from ..options.given import parse_run
from ..project.project import Project
from ..system.command_names import typed_command
from .arguments import prog
from .recorded_options import as_recorded

if TYPE_CHECKING:
    from ..pipeline.kept_job import KeptNode
    from ..run.kept_runs import KeptRun


def kept_node(project: Project, run: str, job: str) -> KeptNode | None:
    """Return the kept job node that is meant, of that run or of the newest that has one; None if there is none."""
    from ..pipeline.kept_job import find_kept

    return find_kept(_runs(project, run), job) if job else None


def _runs(project: Project, run: str) -> Iterator[KeptRun]:
    from ..run.folder import runs
    from ..run.kept_runs import find_run, read_run

    if run:
        yield find_run(project.state, run)
        return
    yield from map(read_run, runs(project.state))


def shell_in_kept(project: Project, kept: KeptNode, step: int, argv: Sequence[str]) -> int:
    """Have a shell in a kept job until it ends; return its status. The job stays as the shell leaves it.

    ``argv`` are options of ``run``, such as the variables that are not recorded.
    """
    from ..pause.held_shells import NoShellError, shell_here
    from ..pipeline.kept_job import kept_job
    from ..pipeline.record_seal import is_sealed
    from ..runtime.stops import Held

    now = parse_run(argv, project.settings, os.environ, prog("shell JOB"))
    if not is_sealed(kept.record, project.root):  # a project's folder may come from anybody
        what = f"run {kept.run.id} has no record that you have completed here: no shell is opened in its jobs"
        raise UsageError(Problem(what, None, f"`{typed_command('shell JOB --prepare')}` runs the job again."))
    project, options = as_recorded(project, kept.record, True, now, argv, "shell")
    with kept_job(project, kept, options, _say) as job:
        try:
            status = shell_here(Held(job.bring_in, job.open_shell), step or kept.last_step, _say, lambda: False)
        except NoShellError as error:
            raise UsageError(str(error)) from None
    return FAILED if status is None else status


def _say(lines: Sequence[str]) -> None:
    for line in lines:
        print(visible_name(line), file=sys.stderr, flush=True)
