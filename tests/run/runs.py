"""Runs as literals: an engine whose jobs end as a table says, and the context of a run on it."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import replace
from typing import Any
from uuid import UUID

from ci.engines.protocol import Ready
from ci.errors import Position
from ci.events import Fidelity
from ci.git.work_tree import WorkTree
from ci.run.circle_variables import PipelineIds
from ci.run.folder import RunFolder, open_run
from ci.run.run_context import ActiveRun, RunContext
from ci.run.secrets import JobSecrets, Passed
from ci.runtime.task import Outcome, Settings
from ci.workflow.job_instances import JobInstance, Need, Workflow
from ci.workflow.model import Job
from ci.workflow.plan import Plan, Selection, make_plan

HERE = Position("config.yml", 1, 1)
EXACT = Fidelity("exact")


def outcome(status: str, reason: str = "", **keys: Any) -> Outcome:
    return Outcome(status, keys.pop("fidelity", EXACT), reason, **keys)  # type: ignore[arg-type]


def instance(name: str, *needs: str, **keys: Any) -> JobInstance:
    """An instance of a job without steps."""
    job = keys.pop("job", Job(name, HERE, (), "docker"))
    kind = keys.pop("kind", "build")
    made = JobInstance(name, kind, name, name, ("docker",), tuple(map(Need, needs)), keys.pop("contexts", ()), HERE)
    return replace(made, job=job, **keys)


def plan(*instances: JobInstance, reruns: int = 0) -> Plan:
    return make_plan(Workflow("w", HERE, instances, max_auto_reruns=reruns), Selection())


class TableEngine:
    """Its jobs end as ``ends`` says, by name: an outcome, one for each time, or an error; any other succeeds."""

    def __init__(self, name: str = "docker", trouble: str | None = None, skips: str = "", **ends: Any) -> None:
        self.name = name
        self.trouble = trouble
        self.skips = skips
        self.ends = ends
        self.tasks: list[Any] = []
        self.prepared: list[str] = []
        self.on_run: Callable[[Any, Any], None] = lambda task, emit: None

    def skip_reason(self, instance, settings):
        return self.skips or None

    def prepare(self, instances, settings, emit):
        self.prepared = [each.name for each in instances]
        return Ready(self.run, self.trouble)

    def run(self, task, emit, cancel):
        self.tasks.append(task)
        self.on_run(task, emit)
        end = self.ends.get(task.label.replace("/", "_"), outcome("success"))
        end = end.pop(0) if isinstance(end, list) else end
        if isinstance(end, BaseException):
            raise end
        return end


class Runs:
    """Makes runs in folders of one state folder."""

    def __init__(self, base) -> None:
        self.base = base
        self.events: list[Any] = []
        self.cancel = threading.Event()
        self.open = open_run(base / "state")
        self.folder: RunFolder = self.open.__enter__()

    def context(self, plan: Plan, engine: TableEngine, **keys: Any) -> RunContext:
        made = RunContext(
            plan=plan,
            engine=engine,  # type: ignore[arg-type]
            engine_reason="asked for",
            fallback=None,
            work_tree=WorkTree(self.base, False),
            settings=Settings(self.base, state=self.base / "state"),
            pipeline=PipelineIds(7, str(UUID(int=1)), str(UUID(int=2))),
            secrets=JobSecrets((), {}),
            passed=Passed(),
            approve=lambda instance, emit, cancel: None,
            width=1,
            fail_fast=False,
        )
        return replace(made, **keys)

    def active(self, plan: Plan, engine: TableEngine, **keys: Any) -> ActiveRun:
        return ActiveRun(self.context(plan, engine, **keys), engine.run, self.folder, self.events.append, self.cancel)
