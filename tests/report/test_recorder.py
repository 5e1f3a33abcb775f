"""The record of a workflow follows its events: what is published, when, and what stands in it."""

from pathlib import Path

import pytest

from ci.dataclass import replace
from ci.errors import Position
from ci.events import (
    Fidelity,
    JobFinished,
    JobStarted,
    RunFinished,
    RunStarted,
    StepFinished,
    StepStarted,
    TestCounts,
)
from ci.record.run_record import JobRecord, WorkflowRecord
from ci.report.recorder import Recorder

HERE = Position("config.yml", 3, 7)
BEGIN = RunStarted(10, "id", "w", "host", "asked for", "runs/id", ("a", "b"))
END = RunFinished(20, "failed", 10.0)


class Places:
    """Every step begins at ten times its number."""

    def log(self, label: str) -> str:
        return f"log/{label}.log"

    def line(self, label: str, step: int) -> int:
        return step * 10

    def artifacts(self, job: str) -> str:
        return f"artifacts/{job}"

    def test_results(self, job: str) -> str:
        return f"test-results/{job}"

    def archive(self, path: Path) -> str:
        return f"workspaces/{path.name}"


@pytest.fixture
def published() -> list[WorkflowRecord]:
    return []


@pytest.fixture
def record(published):
    """Return the last record after some events."""
    jobs = tuple(JobRecord(name, "build", name, name, HERE) for name in ("a", "b"))
    recorder = Recorder(WorkflowRecord("w", HERE, "host", "", jobs), Places(), published.append)

    def take(*events) -> WorkflowRecord:
        for event in events:
            recorder(event)
        return published[-1]

    return take


def started(job, time=11):
    return JobStarted(time, job, "py3", HERE, engine="docker")


def step(job, number, status="success", message=""):
    yield StepStarted(12, job, number, f"step {number}", HERE)
    yield StepFinished(13, job, number, f"step {number}", status, 1.0, HERE, 2 if status == "failed" else 0, message)


def ended(job, status="success", **keys):
    return JobFinished(15, job, status, 4.0, Fidelity("exact"), **keys)


def test_it_is_published_at_the_start_with_every_job_waiting(record):
    found = record(BEGIN)
    assert [(each.name, each.status) for each in found.jobs] == [("a", "waiting"), ("b", "waiting")]
    assert (found.result, found.started, found.engine_reason) == ("running", 10, "asked for")


def test_it_is_published_when_a_job_starts_and_ends_and_at_the_end(record, published):
    record(BEGIN, started("a"), *step("a", 1), *step("a", 2), ended("a"), ended("b", "skipped"), END)
    assert [[each.status for each in one.jobs] for one in published] == [
        ["waiting", "waiting"],
        ["running", "waiting"],
        ["success", "waiting"],
        ["success", "skipped"],
        ["success", "skipped"],
    ]


def test_a_step_is_recorded_with_its_end_and_the_line_of_its_log(record):
    found = record(BEGIN, started("a"), *step("a", 3, "failed", "no rule"), ended("a", "failed")).jobs[0]
    [node] = found.nodes
    [one] = node.steps
    assert (node.label, node.engine, node.executor, node.log) == ("a", "docker", "py3", "log/a.log")
    assert (one.number, one.name, one.status, one.exit_status, one.message) == (3, "step 3", "failed", 2, "no rule")
    assert (one.started, one.seconds, one.line, one.fails_job) == (12, 1.0, 30, True)


def test_a_step_that_has_not_ended_is_running(record):
    begun = StepStarted(12, "a", 1, "step 1", HERE)
    found = record(BEGIN, started("a"), begun, started("b")).jobs[0].nodes[0].steps
    assert [(each.status, each.seconds) for each in found] == [("running", None)]


def test_a_jobs_end_tells_its_results_and_where_they_are(record):
    end = ended("a", reason="why", tests=TestCounts(3, 1), artifacts=2, layers=("/x/a.0.tar",))
    found = record(BEGIN, started("a"), end).jobs[0]
    assert (found.status, found.reason, found.seconds, found.started, found.finished) == ("success", "why", 4.0, 11, 15)
    assert (found.tests, found.results_folder) == (TestCounts(3, 1), "test-results/a")
    assert (found.artifacts, found.artifacts_folder) == (2, "artifacts/a")
    assert (found.layers, found.fidelity) == (("workspaces/a.0.tar",), Fidelity("exact"))


def test_nodes_stand_in_the_order_of_their_numbers(record):
    found = record(BEGIN, started("a/10"), started("a/2"), *step("a/2", 1), ended("a")).jobs[0]
    assert [(each.label, len(each.steps)) for each in found.nodes] == [("a/2", 1), ("a/10", 0)]


def test_a_job_that_is_run_again_has_its_last_attempt_alone(record):
    failed = [started("a"), *step("a", 1, "failed"), ended("a", "failed", reason="it broke")]
    found = record(BEGIN, *failed, started("a", 16)).jobs[0]
    assert (found.status, found.reason, found.started, found.seconds) == ("running", "", 16, None)
    assert found.nodes[0].steps == ()
    assert record(*step("a", 1), ended("a")).jobs[0].status == "success"


def test_the_end_is_recorded(record):
    found = record(BEGIN, END)
    assert (found.result, found.finished, found.seconds) == ("failed", 20, 10.0)


def test_events_of_a_job_that_the_plan_does_not_have_are_passed_by(record):
    found = record(BEGIN, started("other"), *step("other/x", 1), ended("other"), END)
    assert [each.status for each in found.jobs] == ["waiting", "waiting"]


def test_a_job_that_was_detached_keeps_its_beginning(published):
    first = WorkflowRecord("w", HERE, "kubernetes", "why", (JobRecord("a", "build", "a", "a", HERE),))
    recorder = Recorder(first, Places(), published.append)
    for event in (started("a"), *step("a", 1)):
        recorder(event)
    recorder.close()
    recorder = Recorder(published[-1], Places(), published.append)
    for event in (replace(started("a", 30), again=True), *step("a", 2), ended("a")):
        recorder(event)
    (job,) = published[-1].jobs
    assert (job.started, job.nodes[0].started, job.status) == (11, 11, "success")
    assert [(each.number, each.status) for each in job.nodes[0].steps] == [(1, "success"), (2, "success")]
