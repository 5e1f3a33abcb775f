"""``shell``: a shell in a job, as one of its steps has it."""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from ..errors import FAILED, Problem, UsageError
from ..escapes import visible_name
from ..options.parser import command_parser
from ..project.project import Project, find_project
from ..system.command_names import typed_command
from .pausable_run import paused_lines
from .paused_choice import NotMeantError, Wording, paused_choice

if TYPE_CHECKING:
    import argparse

    from ..pause.paused_runs import PausedRun


WORDING = Wording(
    lambda run, job: ["shell", job, "--run", run],
    lambda: f"`{typed_command('shell JOB --prepare')}` runs a job up to a step and opens the shell there.",
)


def command(argv: Sequence[str], start: Path) -> int:
    """Open a shell in a job: shell [JOB] [--step N] [--prepare [options of run]]."""
    parser = command_parser("shell")
    given, rest = parser.parse_known_args(argv)
    project = find_project(start)
    if given.prepare:
        from .prepared_shell import prepared_shell

        noxfile = ("--noxfile", given.noxfile) if given.noxfile else ()
        return prepared_shell(project, given.job, given.step, given.workflow, (*rest, *noxfile))
    return _shell(project, given, rest, lambda: parser.parse(argv))


def _shell(project: Project, given: argparse.Namespace, rest: Sequence[str], refuse_rest: Callable[[], object]) -> int:
    """Open a shell in the paused job that is meant, else in the kept one."""
    from .kept_shell import kept_node, shell_in_kept

    try:
        with paused_choice(project, given.run, given.job, WORDING) as run:
            refuse_rest()
            return shell_in_paused(run, given.job, given.step)
    except NotMeantError:
        kept = kept_node(project, given.run, given.job)
        if kept is None:
            refuse_rest()
            raise
    return shell_in_kept(project, kept, given.step, rest)


def shell_in_paused(run: PausedRun, job: str, step: int = 0) -> int:
    """Have a shell in a run's paused job until it ends; return its status. The job stays paused."""
    from ..pause.shell_front import ShellRefusedError, shell_in

    try:
        status, paused = shell_in(run.channel, job, step, _say)
    except ShellRefusedError as error:
        hint = f"`{typed_command('shell JOB')}` names it; `{typed_command('paused')}` lists what is paused."
        raise UsageError(Problem(str(error), None, hint)) from None
    except ConnectionError as error:
        print(f"error: {error}", file=sys.stderr)
        return FAILED
    for line in paused_lines(paused, run.id) or ["the job is paused no more: somebody has let it go on"]:
        _say(line)
    return status


def _say(line: str) -> None:
    print(visible_name(line), file=sys.stderr, flush=True)
