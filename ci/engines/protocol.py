"""The few things that an engine must be able to do."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Protocol

from ..dataclass import dataclass, field
from ..events import Emit
from ..runtime.box import Box
from ..runtime.task import Outcome, Settings, Task
from ..workflow.job_instances import JobInstance
from ..workflow.plan import Plan

RunTask = Callable[[Task, Emit, threading.Event], Outcome]
"""Runs one node to its end, or to its clean-up once the event is set.

It emits JobStarted and the events of its steps; JobFinished is left to the scheduler. Raises EngineError if the job
cannot start.
"""


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What a job can see of the place where it runs: images by digest, what the engine gives it of this machine."""

    facts: Mapping[str, str] = field(default_factory=dict)
    unknown: str = ""
    """Why that is not all that counts; empty if it is."""


Survey = Callable[[JobInstance, Settings], Surroundings]
"""Looks at the place of a job as it is now, not as it was when the engine was prepared."""


def unsurveyed(instance: JobInstance, settings: Settings) -> Surroundings:
    """Return the place of a job of which an engine cannot say what it sees."""
    return Surroundings({}, "this engine does not say what its jobs can see")


def nothing_open() -> None:
    """Do nothing: the engine has nothing open."""


@dataclass(frozen=True, slots=True)
class Leaving:
    """What lets jobs go on without this program: those of tasks that ``hands_over``."""

    place: str
    """Where they go on, for people."""
    choices: Mapping[str, str]
    """The options by which a run reaches that place, whatever the user's defaults are then; by field."""
    seconds: float
    """How long they may."""
    keep: Callable[[], None]
    """Has those that were handed over go on when the engine is closed, which ends them else."""
    end: Callable[[Sequence[Mapping[str, object]]], None]
    """Ends jobs that were left before, by what was known of their places."""


@dataclass(frozen=True, slots=True)
class Ready:
    """An engine that is prepared: what runs its jobs."""

    run: RunTask
    trouble: str | None = None
    """Why some job cannot start; if it runs here all the same, it fails with that reason."""
    survey: Survey = unsurveyed
    close: Callable[[], None] = nothing_open
    """Ends what the engine has open for the run, once no job runs any more."""
    leaving: Leaving | None = None
    """None if the engine's jobs end with this program."""


class Engine(Protocol):
    """Run job instances one way; each is a package beside this module, with a line in ``choose.ENGINES``."""

    name: str

    def unavailable_reason(self, settings: Settings) -> str | None:
        """Return why this machine cannot run this engine at all, with what to do; None if it can."""

    def adapt_plan(self, plan: Plan, settings: Settings) -> Plan:
        """Return the plan as this engine runs it: unchanged, or with several instances merged into one.

        An engine may begin here to look for what the plan will need. Raise UsageError if the plan cannot run this way.
        """

    def skip_reason(self, instance: JobInstance, settings: Settings) -> str | None:
        """Return why this engine skips an instance (a missing interpreter, a macOS job); None if it runs it."""

    def preview(self, instance: JobInstance, settings: Settings) -> Sequence[str]:
        """Return what a dry run shows of an instance before its steps, such as its images and whether they are here."""

    def listen_and_reach(self) -> tuple[str, str]:
        """Return the address that a server of this process listens at, and the one by which a job reaches it.

        Raise EngineError if it has no such address.
        """

    def prepare(self, instances: Sequence[JobInstance], settings: Settings, emit: Emit) -> Ready:
        """Do what is done once before the first job, such as to pull images; return what runs the jobs."""

    def reopen(self, task: Task, kept: Path) -> AbstractContextManager[Box]:
        """Have the place of a job that --keep has kept, as it is, while the block lasts; ``kept`` is its folder.

        The task has a scratch folder of its own. Raise EngineError if nothing of the job is there any more.
        """
