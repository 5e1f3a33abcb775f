"""The circleci engine: one executor's share of the plan as one job for the official CLI's ``local execute``."""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, ExitStack
from pathlib import Path

from ...dataclass import replace
from ...errors import CiError, EngineError, Problem
from ...events import Emit, Fidelity, JobStarted, JobStatus, Notice, StepFinished, StepStarted, StepStatus
from ...runtime.box import Box
from ...runtime.checkout.checkout import write_tree
from ...runtime.failures import StepError
from ...runtime.fidelity import UsedFeature, checkout_features, job_features, judge, step_feature
from ...runtime.masking.stream import Masker
from ...runtime.step_output import StepOutput
from ...runtime.task import Outcome, Settings, Task
from ...system.removal import remove_tree
from ...workflow.job_instances import JobInstance
from ...workflow.model import Checkout, Pairs, Run
from ...workflow.plan import Plan
from ..protocol import Ready
from . import cli_settings, probe
from .agent_process import Call, execute, words
from .config import can_do, left_out, version2, version2_1
from .merge_plan import merged_plan
from .probe import Cli

AGENTS_OWN = ("CI", "CIRCLECI", "CIRCLE_JOB", "CIRCLE_BUILD_NUM", "CIRCLE_BUILD_URL", "CIRCLE_WORKING_DIRECTORY")
"""Variables that the build agent sets by itself."""


class CircleciEngine:
    """See engines/protocol.py. ``compile_server`` starts what compiles for a CLI that has no server of its own."""

    name = "circleci"

    def __init__(self, compile_server: Callable[[], AbstractContextManager[str]], docker_host: str = "") -> None:
        self._compile_server = compile_server
        self._docker_host = docker_host
        self._cli: Cli | None = None

    @property
    def cli(self) -> Cli:
        """The CLI on PATH; asked once."""
        if self._cli is None:
            self._cli = probe.probe(self._environ)
        return self._cli

    @property
    def _environ(self) -> dict[str, str]:
        return {**os.environ, **({"DOCKER_HOST": self._docker_host} if self._docker_host else {})}

    def unavailable_reason(self, settings: Settings) -> str | None:
        trouble = self.cli.trouble or probe.docker_trouble(self._environ)
        return f"{trouble}. Use --engine docker or --engine host" if trouble else None

    def auto_blocker(self, plan: Plan, settings: Settings) -> str | None:
        """Return why ``auto`` passes this engine by; None if everything that it needs is there."""
        trouble = self.cli.trouble or probe.docker_trouble(self._environ) or probe.agent_trouble(self._environ)
        if trouble:
            return trouble
        try:
            self.adapt_plan(plan, settings)
        except CiError as error:
            return error.problems[0].message
        return probe.api_trouble(cli_settings.read_user(self._environ).server or cli_settings.PUBLIC)

    def adapt_plan(self, plan: Plan, settings: Settings) -> Plan:
        return merged_plan(plan)

    def preview(self, instance: JobInstance, settings: Settings) -> Sequence[str]:
        return ()

    def listen_and_reach(self) -> tuple[str, str]:
        raise EngineError("the circleci engine runs no setup workflow: use --engine host or docker")

    def skip_reason(self, instance: JobInstance, settings: Settings) -> str | None:
        if instance.job and instance.job.executor != "docker":
            return f"it needs the {instance.job.executor} executor, and `local execute` has only docker"
        return None

    def prepare(self, instances: Sequence[JobInstance], settings: Settings, emit: Emit) -> Ready:
        if trouble := probe.agent_trouble(self._environ):
            emit(Notice(time.time(), f"{trouble}; trying it anyway", level="warning"))
        return Ready(self._run_task)

    def reopen(self, task: Task, kept: Path) -> AbstractContextManager[Box]:
        raise EngineError(Problem("the engine circleci keeps nothing of a job"))

    def _run_task(self, task: Task, emit: Emit, cancel: threading.Event) -> Outcome:
        if not any(can_do(step) for step in task.job.steps):
            raise EngineError("`local execute` can run none of its steps. Use --engine docker")
        scratch = task.folders.scratch
        with ExitStack() as stack:
            if not task.settings.keep:
                stack.callback(remove_tree, scratch)
            settings = cli_settings.read_user(self._environ)
            server = settings.server or stack.enter_context(self._compile_server())
            try:
                call = _prepared(task, self.cli, settings, server, self._environ)
                emit(_started(task, settings.shown_server))
                for line in _warnings(task):
                    emit(Notice(time.time(), line, task.label))
                return _run(task, call, settings.secrets, emit, cancel)
            except (OSError, StepError) as error:
                raise EngineError(f"{task.label} could not be started: {error}") from error


def _prepared(task: Task, cli: Cli, settings: cli_settings.User, server: str, environ: dict[str, str]) -> Call:
    """Make the private copy, the private settings and the merged config, each in the job's scratch folder."""
    scratch = task.folders.scratch
    copy, home, temporary = scratch / "project", scratch / "home", scratch / "temporary"
    write_tree(copy, task.work_tree, lambda line: None)
    cli_settings.write_home(home, settings)
    temporary.mkdir(mode=0o700)
    config = scratch / "config.yml"
    text = version2_1 if settings.server else version2  # a server of the user's may be CircleCI's
    config.write_text(text(task.workflow, task.job), encoding="utf-8")
    environment = cli_settings.environment(environ, home, settings, server)
    socket = cli_settings.socket_words(environ)
    return Call(tuple(words(cli, config, temporary, socket, _variables(task), task.job.name)), copy, environment)


def _variables(task: Task) -> Pairs:
    defined = ((name, value) for name, value in task.variables if name not in AGENTS_OWN and "_NODE_" not in name)
    return (*task.plain, *task.secrets, *defined)


def _started(task: Task, server: str) -> JobStarted:
    parts = task.instance.merged
    lines = [f"one `circleci local execute` of {', '.join(each.name for each in parts)}"]
    lines.append(f"compiled by {server}" if server else "compiled here: the CLI has neither a token nor a host")
    executors = task.instance.executors
    name = executors[0] if executors else task.job.executor
    return JobStarted(time.time(), task.label, name, task.instance.position, tuple(lines), engine=CircleciEngine.name)


def _warnings(task: Task) -> Iterator[str]:
    yield "local execute mounts a private copy of your checkout, and settings without your token"
    if task.plain or task.secrets:
        yield "its variables are in this machine's process list: local execute takes them on its command line only"
    if left := left_out(task.job):
        yield f"left out, because local execute cannot run them: {', '.join(left)}"


def _run(task: Task, call: Call, secrets: Sequence[str], emit: Emit, cancel: threading.Event) -> Outcome:
    masker = Masker([*(value for _, value in task.secrets), *task.masked, *secrets])
    name, position, began = f"circleci local execute {task.job.name}", task.instance.position, time.monotonic()
    emit(StepStarted(time.time(), task.label, 1, name, position))
    output = StepOutput(task.label, 1, emit, masker.stream())
    status, cause = execute(call, output.write, cancel, began + task.settings.job_seconds)
    output.flush()
    ended: dict[str, StepStatus] = {"canceled": "canceled", "job-time": "timedout"}
    end = ended.get(cause, "failed" if status else "success")
    emit(StepFinished(time.time(), task.label, 1, name, end, time.monotonic() - began, position, status))
    outcome: JobStatus = end if end != "skipped" else "failed"
    return Outcome(outcome, fidelity(task), "its time limit was reached" if cause == "job-time" else "")


def fidelity(task: Task) -> Fidelity:
    """How true to CircleCI the merged jobs were, from the features that each used."""
    return judge(_features(task), CircleciEngine.name)


def _features(task: Task) -> Iterator[UsedFeature]:
    parts = [each for each in task.instance.merged if each.job]
    if len(parts) > 1:
        yield "merged", ", ".join(each.name for each in parts)
    for job in (each.job for each in parts if each.job):
        yield from job_features(replace(task, job=job, nodes=job.parallelism))
        for step in job.steps:
            if isinstance(step, Checkout):
                yield from checkout_features(task)
            if isinstance(step, Run) and step.max_auto_reruns:
                yield "reruns", ""
            yield step_feature(step)
