"""The few things that an engine must be able to do."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from typing import Protocol

from ..events import Emit
from ..runtime.task import Outcome, Settings, Task
from ..workflow.model import JobInstance
from ..workflow.plan import Plan


class Engine(Protocol):
    """Runs job instances one way; a module of this package each, registered in ``ENGINES``."""

    name: str

    def unavailable(self, settings: Settings) -> str:
        """Why this machine cannot run this engine at all, with what to do; empty where it can."""

    def arrange(self, plan: Plan, settings: Settings) -> Plan:
        """The plan as this engine runs it: as it is, or with several instances merged into one.

        Raises UsageError where it cannot be run this way.
        """

    def refusal(self, instance: JobInstance, settings: Settings) -> str:
        """Why this instance is skipped here (a missing interpreter, a macOS job); empty where it runs."""

    def outlook(self, instance: JobInstance, settings: Settings) -> Sequence[str]:
        """What a dry run tells of an instance beside its steps: the images it runs in, and whether they are here."""

    def reach(self) -> tuple[str, str]:
        """The address that a server of this process listens at, and that by which a job reaches it.

        EngineError where there is none.
        """

    def run(self, task: Task, emit: Emit, cancel: threading.Event) -> Outcome:
        """Run one node to its end, or to its clean-up once ``cancel`` is set.

        Emits JobStarted and the events of its steps; JobFinished is the scheduler's to emit.
        Raises EngineError where the job could not start.
        """

    def prepare(self, instances: Sequence[JobInstance], settings: Settings, emit: Emit) -> str | None:
        """Do what is done once before the first job: pull images, make virtualenvs.

        Returns why some job cannot start (that job fails with it, if it is run here all the same), else None.
        """
