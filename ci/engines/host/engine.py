"""The host engine: a job's steps on this machine, in a working directory and home of the job's own."""

from __future__ import annotations

import os
import sys
import threading
import time
from collections.abc import Sequence
from pathlib import Path

from ...errors import EngineError
from ...events import Emit, JobStarted, Notice
from ...runtime.errors import StepError
from ...runtime.job import run_job, task_files
from ...runtime.task import Outcome, Settings, Task
from ...spelling import PROGRAM
from ...workflow.model import Job, JobInstance, Pairs
from ...workflow.plan import Plan
from . import surroundings, virtualenvs
from .box import HostBox, make_folder
from .interpreters import Interpreter, find, missing
from .supervision import Supervision


class HostEngine:
    """See engines/protocol.py."""

    name = "host"

    def __init__(self) -> None:
        self._interpreters: dict[str, Interpreter | None] = {}

    def unavailable(self, settings: Settings) -> str:
        if os.name != "posix":
            return "the host engine needs Linux or macOS; on Windows run it in WSL"
        return ""

    def arrange(self, plan: Plan, settings: Settings) -> Plan:
        return plan

    def outlook(self, instance: JobInstance, settings: Settings) -> Sequence[str]:
        return ()

    def reach(self) -> tuple[str, str]:
        return "127.0.0.1", "127.0.0.1"

    def refusal(self, instance: JobInstance, settings: Settings) -> str:
        job = instance.job
        if job is None:
            return ""
        if job.executor == "macos" and sys.platform != "darwin":
            return "its executor is macos, and this machine is none"
        if "windows" in job.resource_class:
            return "its executor is Windows, and this machine is none"
        version = python_version(job, settings)
        return missing(version) if version and self.interpreter(version) is None else ""

    def prepare(self, instances: Sequence[JobInstance], settings: Settings, emit: Emit) -> None:
        versions = {python_version(each.job, settings) for each in instances if each.job} - {""}
        for version in sorted(versions):
            interpreter = self.interpreter(version)
            if interpreter and not virtualenvs.exists(interpreter, settings.state):
                emit(Notice(time.time(), f"making a virtualenv of {interpreter}, once"))
                try:
                    virtualenvs.template(interpreter, settings.state)
                except EngineError:
                    continue  # each job that needs it says so

    def run(self, task: Task, emit: Emit, cancel: threading.Event) -> Outcome:
        scratch = task.folders.scratch
        supervision = Supervision([] if task.settings.keep else [scratch])
        try:
            box = self.box(task, supervision)
            emit(started(task, box))
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
        python = self.virtualenv(task, scratch / "venv")
        first = f"{scratch}/venv/bin" if python else ""
        environment = surroundings.environment(os.environ, f"{scratch}/home", f"{scratch}/tmp", first)
        box = HostBox(scratch, (*environment, *python), task.job.working_directory, supervision)
        for file in task_files(task):
            box.write(f"{box.task_data}/{file.name}", file.content, file.mode)
        try:
            make_folder(box.working_directory)
        except StepError as error:
            raise EngineError(f"working_directory: {error}") from None
        return box

    def virtualenv(self, task: Task, place: Path) -> Pairs:
        """Make the job's own virtualenv where it asks for a Python; gives what its steps need to know of it."""
        version = python_version(task.job, task.settings)
        interpreter = self.interpreter(version) if version else None
        if interpreter is None:
            return ()
        virtualenvs.copy(virtualenvs.template(interpreter, task.settings.state), place)
        return (("VIRTUAL_ENV", str(place)),)

    def interpreter(self, version: str) -> Interpreter | None:
        """The interpreter of that version; looked for once."""
        if version not in self._interpreters:
            self._interpreters[version] = find(version, os.environ)
        return self._interpreters[version]


def python_version(job: Job, settings: Settings) -> str:
    """The version that a job's environment asks for by the project's variable; empty where it asks for none."""
    return dict(job.environment).get(settings.python_from, "") if settings.python_from else ""


def started(task: Task, box: HostBox) -> JobStarted:
    """What is told before the first step."""
    executors = task.instance.executors
    executor = executors[0] if executors else task.job.executor
    lines = [f"on this machine, in {box.working_directory}"]
    if task.settings.keep:
        lines.append(f"kept for a look: {PROGRAM} clean runs removes it")
    return JobStarted(time.time(), task.label, executor, task.instance.position, tuple(lines))
