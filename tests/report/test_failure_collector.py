"""Failures gathered from a run's events."""

import pytest

from ci.errors import Position
from ci.events import (
    IN_BACKGROUND,
    Fidelity,
    JobFinished,
    JobStarted,
    Output,
    RunStarted,
    StepFinished,
    StepStarted,
    TestCounts,
)
from ci.report.failure import Evidence, FailedTest, Failure
from ci.report.failure_collector import FailureCollector, RunPlaces
from ci.runtime.box import Ended
from ci.runtime.steps import background_end

HERE = Position("config.yml", 3, 7)
EXACT = Fidelity("exact")


class Places(RunPlaces):
    def log(self, job, step):
        return f"{job}.log:{step}"

    def results(self, job):
        return f"results/{job}"

    def tests(self, job):
        return (FailedTest("t"),), 1

    def again(self, jobs):
        return f"again {' '.join(jobs)}"


def collected(*events, jobs=("a", "b"), engine="docker"):
    collector = FailureCollector(Places())
    collector(RunStarted(0, "id", "w", engine, "r", "f", jobs))
    for event in events:
        collector(event)
    return collector.failures()


def step(job, status="failed", exit_status=1, text="", message="", number=1):
    return [
        StepStarted(0, job, number, "make", HERE),
        *([Output(0, job, number, text)] if text else []),
        StepFinished(0, job, number, "make", status, 1.0, HERE, exit_status, message),
    ]


def ended(job, status="failed", reason="", tests=None, fidelity=EXACT):
    return JobFinished(0, job, status, 1.0, fidelity, reason, HERE, tests)


def test_a_failed_step_becomes_a_failure_with_its_output_log_and_command():
    [found] = collected(JobStarted(0, "a", "py3", HERE, steps=5), *step("a", text="oops\n"), ended("a"))
    evidence = Evidence(("oops",), 1)
    assert found == Failure(
        ("a",), "failed", 1.0, HERE, 1, 5, "make", 1, "", evidence, log="a.log:1", command="again a"
    )


def test_failures_stand_in_the_order_of_the_plan():
    found = collected(*step("b", exit_status=2), ended("b"), *step("a"), ended("a"))
    assert [each.jobs for each in found] == [("a",), ("b",)]


def test_a_run_without_failures_has_none():
    assert collected(*step("a", "success", 0, "fine\n"), ended("a", "success")) == []


def test_nodes_are_named_and_their_job_is_run_again():
    [found] = collected(*step("a/1"), *step("a/0"), ended("a"))
    assert (found.jobs, found.command) == (("a/0", "a/1"), "again a")


def test_a_job_that_failed_before_its_first_step_shows_its_reason():
    [found] = collected(ended("a", "failed", "no such image: x"))
    assert (found.step, found.message, found.position) == (0, "no such image: x", HERE)


def test_a_failed_step_and_the_reason_of_its_job_are_one_failure():
    assert len(collected(*step("a", message="full"), ended("a", "failed", "full"))) == 1


@pytest.mark.parametrize("status", ["canceled", "not_run", "skipped", "on_hold", "success"])
def test_a_job_that_ended_otherwise_is_no_failure(status):
    assert collected(ended("a", status, "why")) == []


def test_a_step_that_was_canceled_is_no_failure():
    assert collected(*step("a", "canceled", None), ended("a", "canceled")) == []


def test_a_step_in_the_background_fails_no_job():
    assert background_end(Ended("exit", 1)).message == IN_BACKGROUND
    assert collected(*step("a", message=IN_BACKGROUND), ended("a", "success")) == []


def test_a_job_that_runs_again_and_passes_is_no_failure():
    again = [JobStarted(0, "a", "py3", HERE), *step("a", "success", 0), ended("a", "success")]
    assert collected(JobStarted(0, "a", "py3", HERE), *step("a"), ended("a"), *again) == []


def test_stored_test_results_belong_to_the_jobs_first_failed_step():
    counts = TestCounts(3, 1)
    first, second = collected(*step("a"), *step("a", exit_status=2, number=2), ended("a", tests=counts))
    assert (first.tests, first.tests_total, first.results) == ((FailedTest("t"),), 1, "results/a")
    assert second.tests == ()


def test_results_in_which_every_test_passed_are_not_read():
    [found] = collected(*step("a"), ended("a", tests=TestCounts(3)))
    assert found.tests == ()


@pytest.mark.parametrize(
    ("engine", "of_job", "on_host"),
    [
        ("host", "host", True),
        ("docker", "docker", False),
        ("docker", "host", True),
        ("host", "", True),
        ("docker", "", False),
    ],
)
def test_a_job_ran_on_this_machine_if_its_engine_is_host_whatever_the_runs(engine, of_job, on_host):
    [found] = collected(JobStarted(0, "a", "py3", HERE, engine=of_job), *step("a"), ended("a"), engine=engine)
    assert found.on_host is on_host


def test_names_and_messages_are_escaped():
    [found] = collected(*step("a\x1b[2J", message="no\x1b[2J"), ended("a\x1b[2J"), jobs=("a\x1b[2J",))
    assert (found.jobs, found.message) == (("a\\x1b[2J",), "no\\x1b[2J")


def test_only_running_steps_keep_output():
    collector = FailureCollector(Places())
    for event in (*step("a", "success", 0, "x" * 1000), StepStarted(0, "a", 2, "y", HERE), Output(0, "a", 2, "z")):
        collector(event)
    assert {job: list(steps) for job, steps in collector._tails.items()} == {"a": [2]}
    collector(ended("a", "canceled"))
    assert not collector._tails
