"""A run whose jobs may be paused: with a prompt on the terminal, or in a process that stays with them."""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from pathlib import Path

from ..errors import FAILED
from ..escapes import visible_name
from ..options.table import Options
from ..pipeline.chosen_steps import stops_wanted
from ..run.pauses import NoPauses, Pauses
from ..system.command_names import typed_command

TYPE_CHECKING = False
if TYPE_CHECKING:  # a run without stops needs nothing of this
    from ..pause.conversation import Conversation, Message

Run = Callable[[Pauses], int]


def run_pausable(options: Options, run: Run) -> int:
    """Return the status of a run; PAUSED if it has been left with paused jobs."""
    if not stops_wanted(options) or options.dry_run:
        return run(NoPauses())
    from ..pause.control import Control
    from ..pause.paused_jobs import PausedJobs
    from ..pause.prompt import Prompt

    if not options.json and sys.stdin.isatty() and sys.stdout.isatty():
        jobs = PausedJobs(options.pause_limit, Prompt())
        Control(jobs)
        return run(jobs)
    from ..pause.front import start_run

    if "-" in options.env_files:  # the run is in a process without this input
        from ..run.secret_sources import standard_input

        standard_input()

    return follow(start_run(lambda front: _in_own_process(options, run, front)))


def _in_own_process(options: Options, run: Run, front: Conversation) -> int:
    from ..pause.control import Control
    from ..pause.paused_jobs import PausedJobs
    from ..process import end_uncollected
    from .entry import status_of
    from .main import caught

    jobs = PausedJobs(options.pause_limit)
    control = Control(jobs, front)
    status = status_of(lambda argv: caught(lambda: run(jobs)), sys.argv[1:], Path())
    end_uncollected()  # who waits may look at once what is left
    control.end(status)
    return status


def follow(run: Conversation, take: Callable[[Message], bool] = lambda message: False) -> int:
    """Wait for a run in another process; if it rests, print how its jobs go on.

    ``take`` gets the run's other messages, and says whether to wait no longer.
    """
    from ..pause.front import wait_for_run

    try:
        status, paused = wait_for_run(run, take)
    except ConnectionError as error:
        print(f"error: {error}; what it had started ends with it", file=sys.stderr)
        return FAILED
    for line in paused_lines(paused):
        print(line, file=sys.stderr)
    return status


def paused_lines(paused: Sequence[Message], run: str = "") -> list[str]:
    """Return two lines for each paused job: where it stands, and the command by which it goes on.

    With its ``run`` the command means the job whatever else is paused.
    """
    import shlex

    lines = []
    for each in paused:
        job = ["-j", each["job"]] if run or len(paused) > 1 else []
        words = shlex.join([*([run] if run else []), *job, "--retry"])
        lines.append(f"{visible_name(each['job'])} stays paused {place(each)}")
        again = typed_command(f"resume {words}")
        lines.append(f"  go on: {visible_name(again)}   (or --edits, --from N, --skip, --continue, --give-up)")
    return lines


def place(paused: Message) -> str:
    """Return at which step a job is paused, and why."""
    where = {"before": "before", "after": "after"}.get(paused["moment"], "at")
    reason = f": {paused['reason']}" if paused["reason"] else ""
    return visible_name(f"{where} step {paused['step']} of {paused['steps']} {paused['name']!r}{reason}")
