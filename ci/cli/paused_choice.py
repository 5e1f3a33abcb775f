"""Which paused job is meant, of all the runs that wait with some."""

from __future__ import annotations

import shlex
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING

from ..dataclass import dataclass
from ..errors import Problem, UsageError
from ..project.project import Project
from ..system.command_names import typed_command

if TYPE_CHECKING:
    from ..pause.conversation import Message
    from ..pause.paused_runs import PausedRun


class NotMeantError(UsageError):
    """No paused job is meant."""


@dataclass(frozen=True, slots=True)
class Wording:
    """How a command that goes to a paused job is typed, and what helps somebody who has none."""

    words: Callable[[str, str], Sequence[str]]
    """Return its words for a run by its name and a job's."""
    hint: Callable[[], str]


@contextmanager
def paused_choice(project: Project, run: str, job: str, wording: Wording) -> Iterator[PausedRun]:
    """Yield the one run that is meant by its name and a job's, either of which may be empty.

    Raise UsageError if there is none, or more than one.
    """
    from ..pause.paused_runs import paused_runs
    from ..run.folder import runs
    from ..run.kept_runs import find_run
    from ..run.state_folder import check_state

    check_state(project.root, project.state)
    folders = [find_run(project.state, run).path] if run else runs(project.state)
    found = paused_runs(folders)
    try:
        yield _only(found, run, job, wording)
    finally:
        for each in found:
            each.channel.close()


def _only(found: Sequence[PausedRun], run: str, job: str, wording: Wording) -> PausedRun:
    meant = [each for each in found if not job or any(job in (one["job"], _job(one)) for one in each.jobs)]
    if len(meant) == 1:
        return meant[0]
    paused = ((each.id, str(one["job"])) for each in found for one in each.jobs)
    listed = [typed_command(shlex.join(wording.words(name, job))) for name, job in paused]
    if meant:
        what = "several runs have paused jobs"
    elif found:
        what = f"job {job!r} is not paused"
    else:
        what = f"run {run} has no paused job" if run else "no job is paused"
    there = f"Paused are: {'; '.join(listed)}. " if listed else ""
    problem = Problem(what, None, f"{there}{'' if meant else wording.hint()}".strip())
    raise UsageError(problem) if meant else NotMeantError(problem)


def _job(paused: Message) -> str:
    return str(paused["job"]).rpartition("/")[0]
