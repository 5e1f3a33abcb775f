"""Tasks as literals: what an engine gets, with folders in a temporary place."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from ci.engines.host.engine import HostEngine
from ci.errors import Position
from ci.events import Event, Output, StepFinished
from ci.git.work_tree import WorkTree
from ci.runtime.task import Folders, Outcome, Settings, Task
from ci.workflow.job_instances import JobInstance
from ci.workflow.model import Job, Run, Step

HERE = Position("config.yml", 1, 1)


def run(command: str, **keys: Any) -> Run:
    """A ``run`` step, called by its command."""
    return Run(HERE, keys.pop("name", command), command, **keys)


def job(*steps: Step, **keys: Any) -> Job:
    """A job of the docker executor with those steps."""
    return Job("build", HERE, tuple(steps), keys.pop("executor", "docker"), **keys)


def instance(job: Job, name: str = "build") -> JobInstance:
    return JobInstance(name, "build", name, name, ("py3",), (), (), HERE, job)


def folders(base: Path, name: str = "build") -> Folders:
    """A node's folders below ``base``, its scratch made."""
    scratch = base / "scratch" / f"{name}.0"
    scratch.mkdir(parents=True)
    return Folders(
        log=base / "log" / name,
        artifacts=base / "artifacts" / name,
        test_results=base / "test-results" / name,
        workspace=base / "workspaces" / f"{name}.0.tar",
        scratch=scratch,
        cache=base / "cache",
    )


def task(base: Path, steps: Sequence[Step], name: str = "build", **keys: Any) -> Task:
    """A task with those steps; keys of Task replace its fields, those of Job the job's."""
    own = {key: keys.pop(key) for key in list(keys) if key in Task.__dataclass_fields__}
    made = job(*steps, **keys)
    settings = Settings(base, state=base / "state")
    values = Task("run", "workflow", instance(made, name), made, WorkTree(base, False), folders(base, name), settings)
    return replace(values, **own)


def run_task(task: Task, cancel: threading.Event | None = None) -> tuple[Outcome, list[Event]]:
    """Run a task on the host engine; its outcome and its events."""
    events: list[Event] = []
    return HostEngine().run(task, events.append, cancel or threading.Event()), events


def output(events: Sequence[Event], step: int = 0) -> str:
    """What the steps wrote, or one of them."""
    return "".join(each.text for each in events if isinstance(each, Output) and step in (0, each.step))


def finished(events: Sequence[Event]) -> list[StepFinished]:
    return [each for each in events if isinstance(each, StepFinished)]
