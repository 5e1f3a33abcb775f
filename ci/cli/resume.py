"""``resume``: a paused job goes on, here."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from ..errors import PASSED, Problem, UsageError
from ..options.parser import command_parser
from ..project.project import find_project
from ..system.command_names import typed_command
from .pausable_run import follow
from .screen import show

if TYPE_CHECKING:
    import argparse

    from ..pause.conversation import Message
    from ..pause.paused_runs import PausedRun

ACTIONS = {"skip": "skip", "onward": "continue", "give_up": "give-up"}
"""What a job does next, by the argument that asks for it; ``retry`` without any."""


def command(argv: Sequence[str], start: Path) -> int:
    """Have a paused job go on: resume [RUN] [-j JOB] [--retry | --edits | --from N | --skip | ...]."""
    given = command_parser("resume").parse(argv)
    from ..pause.paused_runs import paused_runs
    from ..run.folder import runs
    from ..run.kept_runs import find_run
    from ..run.state_folder import check_state

    project = find_project(start)
    check_state(project.root, project.state)
    folders = [find_run(project.state, given.run).path] if given.run else runs(project.state)
    found = paused_runs(folders)
    try:
        run = _only(found, given.run, given.job)
        return _resume(run, _decision(given))
    finally:
        for each in found:
            each.channel.close()


def _only(found: Sequence[PausedRun], run: str, job: str) -> PausedRun:
    """Return the one run that is meant; raise UsageError if there is none, or more than one."""
    meant = [each for each in found if not job or any(job in (one["job"], _job(one)) for one in each.jobs)]
    if len(meant) == 1:
        return meant[0]
    listed = [f"{typed_command(f'resume {each.id}')} -j {one['job']}" for each in found for one in each.jobs]
    if not found:
        what = f"run {run} has no paused job" if run else "no job is paused"
        hint = "A job waits where a step fails if the run has --pause; `runs` lists the runs."
    else:
        what = "several runs have paused jobs" if meant else f"job {job!r} is not paused"
        hint = f"Paused are: {'; '.join(listed)}"
    raise UsageError(Problem(what, None, hint))


def _job(paused: Message) -> str:
    return str(paused["job"]).rpartition("/")[0]


def _decision(given: argparse.Namespace) -> Message:
    action = next((name for field, name in ACTIONS.items() if getattr(given, field)), "retry")
    if given.from_step:
        action = "from"
    return {"do": "decide", "job": given.job, "action": action, "step": given.from_step, "edits": given.edits}


def _resume(run: PausedRun, decision: Message) -> int:
    sys.stdout.flush()
    if not run.channel.send(decision, (1, 2)):
        raise UsageError(Problem(f"the process of run {run.id} has ended", None, "`runs` shows how the run ended."))
    elsewhere = []

    def take(message: Message) -> bool:
        if "error" in message:
            raise UsageError(Problem(message["error"], None, f"`{typed_command('paused')}` lists what is paused."))
        for line in message.get("edited", ()):
            show(f"  {line}")
        if message.get("accepted") == "elsewhere":
            elsewhere.append(message)
        return bool(elsewhere)

    status = follow(run.channel, take)
    if elsewhere:
        show("it goes on in the terminal of its run")
        return PASSED
    return status
