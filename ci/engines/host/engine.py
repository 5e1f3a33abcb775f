"""The host engine: a job's steps on this machine, in a working directory and home of the job's own."""

from __future__ import annotations

import os
import shlex
import sys
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from functools import partial
from pathlib import Path

from ...dataclass import replace
from ...errors import EngineError
from ...events import Emit, JobStarted
from ...runtime.failures import JobError, StepError, check_of
from ...runtime.job import run_job, task_files
from ...runtime.progress import reported
from ...runtime.task import Outcome, Settings, Task
from ...system.cancellation import Check, unchecked
from ...system.command_names import typed_command
from ...workflow.job_instances import JobInstance
from ...workflow.model import Job, Pairs
from ...workflow.plan import Plan
from ..protocol import Ready, Surroundings
from . import environment, folder_places, isolation, virtualenvs
from .belongings import Belongings
from .box import HostBox
from .guards import OwnGuard, StartGuard, starter
from .interpreters import SAME_AS_NOX, Interpreter, find, missing
from .residence import Residence, kept_residence, residence
from .view import absolute_places


class HostEngine:
    """See engines/protocol.py."""

    name = "host"

    def __init__(self) -> None:
        self._interpreters: dict[str, Interpreter | None] = {}
        self._belongings: Belongings | None = None
        self._environments: dict[tuple[object, ...], Pairs] = {}

    def unavailable_reason(self, settings: Settings) -> str | None:
        if os.name != "posix":
            return "the host engine needs Linux or macOS; on Windows run it in WSL"
        reason = isolation.unavailable_reason() if settings.isolation == "namespace" else None
        return f"--isolation namespace: {reason}" if reason else None

    def adapt_plan(self, plan: Plan, settings: Settings) -> Plan:
        return plan

    def preview(self, instance: JobInstance, settings: Settings) -> Sequence[str]:
        job = instance.job
        if job is None or isolation.of_job(job, settings) == "namespace":
            return ()
        return [f"absolute: {path} is a folder of this machine" for path in absolute_places(job)]

    def listen_and_reach(self) -> tuple[str, str]:
        return "127.0.0.1", "127.0.0.1"

    def skip_reason(self, instance: JobInstance, settings: Settings) -> str | None:
        job = instance.job
        if job is None:
            return None
        if job.executor == "macos" and sys.platform != "darwin":
            return "it needs a macOS executor, and this machine is not a Mac"
        if "windows" in job.resource_class:
            return "it needs a Windows executor, and this machine does not run Windows"
        version = python_version(job, settings)
        return missing(version) if version and self.interpreter(version) is None else None

    def prepare(self, instances: Sequence[JobInstance], settings: Settings, emit: Emit) -> Ready:
        start_guard = starter(sum(each.job.parallelism for each in instances if each.job))
        folder_places.sweep()
        versions = {python_version(each.job, settings) for each in instances if each.job} - {""}
        for version in sorted(versions):
            interpreter = self.interpreter(version)
            if interpreter and not virtualenvs.exists(interpreter, settings.state):
                with reported(emit, f"making a virtualenv of {interpreter}, once"), suppress(EngineError):
                    virtualenvs.template(interpreter, settings.state)  # each job that needs it reports an error
        return Ready(partial(self.run, start_guard=start_guard), survey=self.survey)

    def survey(self, instance: JobInstance, settings: Settings) -> Surroundings:
        """Look at what a job can see of this machine; see ``protocol.Survey``."""
        from .survey import survey

        version = python_version(instance.job, settings) if instance.job else ""
        return survey(self.interpreter(version) if version else None, instance, settings)

    def run(self, task: Task, emit: Emit, cancel: threading.Event, *, start_guard: StartGuard = OwnGuard) -> Outcome:
        """Run one node; see ``protocol.RunTask``."""
        self._belongings = user = self._belongings or Belongings(os.environ, task.settings.project)
        try:
            with residence(task, self._hidden_interpreter(task), start_guard, user) as home:
                box = self.box(task, home, check_of(cancel))
                emit(started(task, home, box))
                own = replace(task, folders=replace(task.folders, scratch=home.root))
                return run_job(own, box, emit, cancel)
        except OSError as error:
            raise EngineError(f"{task.label} could not be started: {error}") from error
        except (JobError, StepError) as error:
            raise EngineError(str(error)) from None

    def box(self, task: Task, home: Residence, check: Check = unchecked) -> HostBox:
        """Make the job's place: its folders, and its working directory, empty."""
        box = self._box(task, home, self.virtualenv(task, home), check)
        for file in task_files(task):
            box.write(f"{box.task_data}/{file.name}", file.content, file.mode)
        try:
            box.claim(box.working_directory)
            box.make_folder(box.working_directory)
        except StepError as error:
            raise EngineError(f"working_directory: {error}") from None
        return box

    @contextmanager
    def reopen(self, task: Task, kept: Path) -> Iterator[HostBox]:
        self._belongings = user = self._belongings or Belongings(os.environ, task.settings.project)
        with kept_residence(task, kept, self._hidden_interpreter(task), user) as home:
            place = home.places.virtualenv
            has_python = os.path.isdir(home.places.outside(place) or place)
            yield self._box(task, home, (("VIRTUAL_ENV", place),) if has_python else ())

    def _box(self, task: Task, home: Residence, python: Pairs, check: Check = unchecked) -> HostBox:
        first = f"{home.places.virtualenv}/bin" if python else ""
        terminal = task.settings.tty
        return HostBox(
            home.places,
            (*self._environment(home, first, terminal), *python),
            task.job.working_directory,
            home.supervision,
            home.features,
            terminal,
            check,
        )

    def _environment(self, home: Residence, first: str, terminal: bool) -> Pairs:
        """Return the environment that steps start from: the same for all jobs whose places have the same paths."""
        key = (home.places.home, home.places.temporary, home.variables, first, terminal)
        if key not in self._environments:
            environ = self._belongings.environ if self._belongings else os.environ
            made = environment.environment(environ, home.places, home.variables, first, terminal)
            self._environments[key] = made
        return self._environments[key]

    def virtualenv(self, task: Task, home: Residence) -> Pairs:
        """Make the job's own virtualenv if it asks for a Python; return what its steps need to know of it.

        Without a view of the files of its own, a job that calls pip gets one too: it must not install into the user's.
        """
        version = python_version(task.job, task.settings) or (SAME_AS_NOX if home.needs_virtualenv else "")
        interpreter = self.interpreter(version) if version else None
        if interpreter is None:
            return ()
        place = home.places.virtualenv
        made = virtualenvs.template(interpreter, task.settings.state)
        virtualenvs.copy(made, Path(home.places.outside(place) or place), place)
        return (("VIRTUAL_ENV", place),)

    def _hidden_interpreter(self, task: Task) -> tuple[str, ...]:
        """Return the folder of the interpreter that the job's virtualenv uses, which its view must have."""
        version = python_version(task.job, task.settings)
        interpreter = self.interpreter(version) if version else None
        return (str(interpreter.executable.parent.parent),) if interpreter else ()

    def interpreter(self, version: str) -> Interpreter | None:
        """Return the interpreter of that version; looked for once."""
        if version not in self._interpreters:
            self._interpreters[version] = find(version, os.environ)
        return self._interpreters[version]


def python_version(job: Job, settings: Settings) -> str:
    """Return the version that a job's environment asks for by the project's variable; empty if it asks for none."""
    return dict(job.environment).get(settings.python_from, "") if settings.python_from else ""


def started(task: Task, home: Residence, box: HostBox) -> JobStarted:
    """Yield what is reported before the first step."""
    executors = task.instance.executors
    executor = executors[0] if executors else task.job.executor
    lines = [f"on this machine, in {box.working_directory}{home.where}", *home.notes]
    kept: tuple[str, ...] = ()
    if task.settings.keep:
        lines.append(f"kept for inspection: {typed_command('clean runs')} removes it")
        kept = (f"cd {shlex.quote(os.fspath(home.root))}", typed_command("clean runs"))
    folder = "" if home.where else os.fspath(home.root)
    steps, place = len(task.job.steps), task.instance.position
    return JobStarted(time.time(), task.label, executor, place, tuple(lines), steps, box.engine, folder, kept)
