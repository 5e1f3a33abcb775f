"""Follows a workflow's events and keeps its record up to date."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Protocol

from ..dataclass import replace
from ..events import Event, JobFinished, JobResumed, JobStarted, RunFinished, RunStarted, StepFinished, StepStarted
from ..record.run_record import NodeRecord, StepRecord, WorkflowRecord

Publish = Callable[[WorkflowRecord], None]


class JobPlaces(Protocol):
    """Where a job's files are, relative to the run's folder."""

    def log(self, label: str) -> str:
        """Return the log of a job or node."""

    def line(self, label: str, step: int) -> int:
        """Return the line at which a step begins in its log."""

    def artifacts(self, job: str) -> str: ...

    def test_results(self, job: str) -> str: ...

    def archive(self, path: Path) -> str: ...


class _Node:
    """A node while it runs; the records of its steps are made when they are written."""

    def __init__(self, record: NodeRecord) -> None:
        self._record = record
        self._begun: dict[int, tuple[StepStarted, int]] = {}
        self._ended: dict[int, StepFinished] = {}
        self._passed_over: set[int] = set()

    def begin(self, event: StepStarted, line: int) -> None:
        self._begun[event.step] = event, line
        self._ended.pop(event.step, None)  # of an earlier try
        self._passed_over.discard(event.step)

    def pass_over(self, step: int) -> None:
        """Record that a failed step does not fail the job."""
        self._passed_over.add(step)

    def end(self, event: StepFinished) -> None:
        self._ended[event.step] = event

    def complete(self) -> NodeRecord:
        """Return its record as of now."""
        steps = {each.number: each for each in self._record.steps}
        steps |= {number: self._step(*begun) for number, begun in self._begun.items()}
        return replace(self._record, steps=tuple(steps[number] for number in sorted(steps)))

    def _step(self, begun: StepStarted, line: int) -> StepRecord:
        number, name, place, ended = begun.step, begun.name, begun.position, self._ended.get(begun.step)
        if ended is None:
            return StepRecord(number, name, place, begun.time, line=line)
        return StepRecord(
            number, name, place, begun.time, ended.status, ended.seconds, ended.exit_status, ended.message,
            ended.fails_job and number not in self._passed_over, line,
        )  # fmt: skip


class Recorder:
    """Publishes the record at the workflow's start, when a job starts, when it ends, and at the workflow's end.

    It must get each event after the logs have got it.
    """

    def __init__(self, planned: WorkflowRecord, places: JobPlaces, publish: Publish) -> None:
        self._workflow = planned
        self._jobs = {each.name: each for each in planned.jobs}
        # a job that was detached has begun before
        self._nodes = {each.name: {node.label: _Node(node) for node in each.nodes} for each in planned.jobs}
        self._stale: set[str] = set()
        self._places = places
        self._publish = publish

    def __call__(self, event: Event) -> None:
        if isinstance(event, StepStarted):
            self._begin_step(event)
        elif isinstance(event, StepFinished):
            self._end_step(event)
        elif isinstance(event, JobResumed):
            self._resume(event)
        elif isinstance(event, JobStarted):
            self._begin_job(event)
        elif isinstance(event, JobFinished):
            self._end_job(event)
        elif isinstance(event, RunStarted):
            self._workflow = replace(self._workflow, started=event.time, engine_reason=event.reason)
            self._write()
        elif isinstance(event, RunFinished):
            self._workflow = replace(self._workflow, result=event.status, finished=event.time, seconds=event.seconds)
            self._write()

    def close(self) -> None:
        """Publish the steps that have ended since: a run that is left has no last event."""
        if self._stale:
            self._write()

    def _job_of(self, label: str) -> str | None:
        """Return the job that a label of events belongs to; None if the plan does not have it."""
        name = label if label in self._jobs else label.rpartition("/")[0]
        return name if name in self._jobs else None

    def _begin_job(self, event: JobStarted) -> None:
        name = self._job_of(event.job)
        if name is None or (event.again and event.job in self._nodes[name]):
            return
        log = self._places.log(event.job)
        if self._jobs[name].status != "running":  # its first node, of this attempt
            self._nodes[name] = {}
            self._jobs[name] = replace(
                self._jobs[name], status="running", reason="", started=event.time, finished=None, seconds=None
            )
        self._nodes[name][event.job] = _Node(NodeRecord(event.job, event.time, event.engine, event.executor, log))
        self._stale.add(name)
        self._write()

    def _begin_step(self, event: StepStarted) -> None:
        if node := self._node(event.job):
            node.begin(event, self._places.line(event.job, event.step))

    def _end_step(self, event: StepFinished) -> None:
        if node := self._node(event.job):
            node.end(event)

    def _resume(self, event: JobResumed) -> None:
        if event.action == "skip" and (node := self._node(event.job)):
            node.pass_over(event.step)

    def _node(self, label: str) -> _Node | None:
        name = self._job_of(label)
        if name is None:
            return None
        self._stale.add(name)
        return self._nodes[name].get(label)

    def _end_job(self, event: JobFinished) -> None:
        name = self._job_of(event.job)
        if name is None:
            return
        self._stale.add(name)
        self._jobs[name] = replace(
            self._jobs[name],
            status=event.status,
            reason=event.reason,
            finished=event.time,
            seconds=event.seconds,
            fidelity=event.fidelity,
            tests=event.tests,
            artifacts=event.artifacts,
            artifacts_folder=self._places.artifacts(name) if event.artifacts else "",
            results_folder=self._places.test_results(name) if event.tests else "",
            layers=tuple(self._places.archive(Path(each)) for each in event.layers),
        )
        self._write()

    def _write(self) -> None:
        for name in self._stale:
            found = self._nodes[name]
            nodes = tuple(found[label].complete() for label in sorted(found, key=_node_number))
            self._jobs[name] = replace(self._jobs[name], nodes=nodes)
        self._stale.clear()
        self._publish(replace(self._workflow, jobs=tuple(self._jobs.values())))


def _node_number(label: str) -> int:
    index = label.rpartition("/")[2]
    return int(index) if index.isdecimal() else 0
