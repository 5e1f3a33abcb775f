"""The host engine: a job's steps on this machine, in a working directory and home of the job's own."""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Sequence

from ...errors import EngineError
from ...events import Emit, JobStarted
from ...runtime.errors import StepError
from ...runtime.job import run_job
from ...runtime.task import Outcome, Settings, Task
from ...workflow.model import JobInstance
from . import surroundings
from .box import HostBox, make_folder
from .supervision import Supervision


class HostEngine:
    """See engines/protocol.py."""

    name = "host"

    def unavailable(self, settings: Settings) -> str:
        if os.name != "posix":
            return "the host engine needs Linux or macOS; on Windows run it in WSL"
        return ""

    def refusal(self, instance: JobInstance, settings: Settings) -> str:
        return ""

    def prepare(self, instances: Sequence[JobInstance], settings: Settings, emit: Emit) -> None:
        pass

    def run(self, task: Task, emit: Emit, cancel: threading.Event) -> Outcome:
        scratch = task.folders.scratch
        supervision = Supervision([] if task.settings.keep else [scratch])
        try:
            box = self.box(task, supervision)
            emit(self.started(task, box))
            return run_job(task, box, emit, cancel)
        except OSError as error:
            raise EngineError(f"{task.label} could not be started: {error}") from error
        finally:
            supervision.end()

    def box(self, task: Task, supervision: Supervision) -> HostBox:
        """The job's place: its folders made, its working directory empty."""
        scratch = task.folders.scratch
        for name in ("home", "tmp", "task"):
            (scratch / name).mkdir(parents=True)
        environment = surroundings.environment(os.environ, f"{scratch}/home", f"{scratch}/tmp")
        box = HostBox(scratch, environment, task.job.working_directory, supervision)
        try:
            make_folder(box.working_directory)
        except StepError as error:
            raise EngineError(f"working_directory: {error}") from None
        return box

    def started(self, task: Task, box: HostBox) -> JobStarted:
        executors = task.instance.executors
        executor = executors[0] if executors else task.job.executor
        lines = (f"on this machine, in {box.working_directory}",)
        return JobStarted(time.time(), task.label, executor, task.instance.position, lines)
