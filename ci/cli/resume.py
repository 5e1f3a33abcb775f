"""``resume``: a paused job goes on, here."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from ..errors import PASSED, PAUSED, Problem, UsageError
from ..options.parser import command_parser
from ..project.project import Project, find_project
from ..system.command_names import typed_command
from .arguments import leading_words
from .detached import detached_runs, resume_detached
from .pausable_run import follow
from .paused_choice import Wording, paused_choice
from .screen import show

if TYPE_CHECKING:
    import argparse

    from ..pause.conversation import Message
    from ..pause.paused_runs import PausedRun
    from ..run.kept_runs import KeptRun

ACTIONS = {"skip": "skip", "onward": "continue", "give_up": "give-up"}
"""What a job does next, by the argument that asks for it; ``retry`` without any."""


WORDING = Wording(
    lambda run, job: ["resume", run, "-j", job],
    lambda: f"A job waits where a step fails if the run has --pause; `{typed_command('runs')}` lists the runs.",
)


def command(argv: Sequence[str], start: Path) -> int:
    """Have a paused job go on, or come back to a detached run: resume [RUN] [-j JOB] [--retry | --edits | ...]."""
    words, rest = leading_words(argv)
    project = find_project(start)
    if detached := _detached(project, words, rest):
        return resume_detached(project, detached, rest)
    if len(words) == 1 and not {"-h", "--help"} & set(rest):
        _refuse_ended(project, words[0])
    given = command_parser("resume").parse(argv)
    with paused_choice(project, given.run, given.job, WORDING) as run:
        if not given.shell:
            return _resume(run, _decision(given))
        from .shell import shell_in_paused

        shell_in_paused(run, given.job)
        return PAUSED


def _detached(project: Project, words: Sequence[str], rest: Sequence[str]) -> KeptRun | None:
    """Return the detached run that is meant: the one of that name, or the only one while no job is paused."""
    if len(words) > 1 or {"-h", "--help"} & set(rest):
        return None
    found = detached_runs(project, words[0] if words else "")
    if words or not found:
        return found[0] if found else None
    from ..pause.paused_runs import paused_runs
    from ..run.folder import runs

    paused = paused_runs(runs(project.state))
    for each in paused:
        each.channel.close()
    if len(found) == 1 and not paused:
        return found[0]
    if paused and {"-j", "--job"} & set(rest):
        return None
    names = [each.id for each in found] + [each.id for each in paused]
    listed = "; ".join(typed_command(f"resume {each}") for each in names)
    raise UsageError(Problem("several runs are detached or have paused jobs", None, f"Name one of them: {listed}."))


def _refuse_ended(project: Project, name: str) -> None:
    """Raise UsageError for a run of which nothing goes on any more, whatever else was typed."""
    from ..run.kept_runs import find_run

    run = find_run(project.state, name)
    if not run.alive:
        how = "its process was killed" if run.result == "killed" else f"it has ended ({run.result})"
        hint = f"`{typed_command(f'rerun {run.id}')}` runs again what has not passed."
        raise UsageError(Problem(f"no job of run {run.id} goes on or waits: {how}", None, hint))


def _decision(given: argparse.Namespace) -> Message:
    action = next((name for field, name in ACTIONS.items() if getattr(given, field)), "retry")
    if given.from_step:
        action = "from"
    return {"do": "decide", "job": given.job, "action": action, "step": given.from_step, "edits": given.edits}


def _resume(run: PausedRun, decision: Message) -> int:
    sys.stdout.flush()
    if not run.channel.send(decision, (1, 2)):
        hint = f"`{typed_command('runs')}` shows how the run ended."
        raise UsageError(Problem(f"the process of run {run.id} has ended", None, hint))
    elsewhere = []

    def take(message: Message) -> bool:
        if "error" in message:
            hint = f"`{typed_command('paused')}` lists them, with what to type."
            raise UsageError(Problem(message["error"], None, hint))
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
