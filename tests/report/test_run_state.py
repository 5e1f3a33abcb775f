"""What is known of a run at one moment, by its events."""

import pytest

from ci.errors import Position
from ci.events import (
    Fidelity,
    JobFinished,
    JobPaused,
    JobResumed,
    JobStarted,
    Output,
    Progress,
    RunStarted,
    StepFinished,
    StepStarted,
)
from ci.report.run_state import RunState, WaitingJob, WorkView

HERE = Position("config.yml", 1, 1)
EXACT = Fidelity("exact")
RUN = RunStarted(10.0, "id", "w", "host", "r", "f", ("a", "b", "c"), ((), ("a",), ("a", "b")))


def state(*events):
    found = RunState()
    for event in (RUN, *events):
        found(event)
    return found


def begun(job="a", time=11.0, steps=3):
    return JobStarted(time, job, "py3", HERE, (), steps)


def step(number=1, time=12.0, job="a"):
    return StepStarted(time, job, number, f"step {number}", HERE)


def step_ended(number=1, time=13.0, job="a"):
    return StepFinished(time, job, number, f"step {number}", "success", 1.0, HERE)


def ended(job="a", status="success", time=20.0):
    return JobFinished(time, job, status, 1.0, EXACT)


def test_before_the_first_job_all_wait_for_what_they_require():
    view = state().view(12.0)
    assert (view.seconds, view.done, view.total, view.running) == (2.0, 0, 3, ())
    assert view.waiting == (WaitingJob("a"), WaitingJob("b", ("a",)), WaitingJob("c", ("a", "b")))


def test_a_running_job_has_its_step_and_the_time_since_its_start():
    [job] = state(begun(), step(2)).view(15.5).running
    assert (job.label, job.seconds, job.step, job.steps, job.name) == ("a", 4.5, 2, 3, "step 2")


def test_what_has_ended_no_longer_keeps_others_waiting():
    view = state(begun(), ended("a", "failed")).view(20.0)
    assert (view.done, view.failed, view.running) == (1, 1, ())
    assert view.waiting == (WaitingJob("b"), WaitingJob("c", ("b",)))


@pytest.mark.parametrize(
    ("output", "line", "unended"),
    [
        (("one\ntwo\n",), "two", False),
        (("one\ntw", "o"), "two", True),
        (("10 %\r20 %\r",), "20 %", True),
        (("text\n\n  \n",), "text", False),
        (("\x1b[31mred\x1b[0m \x1b[2K\n",), "red", False),
        (("x\x1b]0;title\x07y\n",), "xy", False),
        (("cut \x1b[3",), "cut", True),
        (("bell\x07\n",), "bell\\x07", False),
        (("a\tb\n",), "a       b", False),
        (("\n",), "", False),
        ((), "", False),
        (("x" * 5000,), "x" * 2000, True),
    ],
)
def test_the_last_line_is_the_last_one_with_something_on_it_without_control_characters(output, line, unended):
    events = [Output(13.0, "a", 1, text) for text in output]
    [job] = state(begun(), step(), *events).view(14.0).running
    assert (job.line, job.unended) == (line, unended)


def test_silence_counts_from_the_last_output_or_from_the_steps_start():
    assert state(begun(), step(time=12.0)).view(20.0).running[0].silent == 8.0
    assert state(begun(), step(), Output(15.0, "a", 1, "x")).view(20.0).running[0].silent == 5.0


def test_a_new_step_begins_without_a_line():
    [job] = state(begun(), step(1), Output(13.0, "a", 1, "old\n"), step_ended(1), step(2, 14.0)).view(15.0).running
    assert (job.line, job.between) == ("", False)


def test_between_two_steps_none_runs():
    assert state(begun(), step(1), step_ended(1)).view(15.0).running[0].between


def test_the_end_of_an_earlier_step_in_the_background_is_not_that_of_the_running_one():
    assert not state(begun(), step(1), step(2), step_ended(1)).view(15.0).running[0].between


def test_a_paused_job_stands_still():
    found = state(begun(), step(1), JobPaused(13.0, "a", 1, "step 1", "failed"))
    assert found.view(50.0).running[0].paused
    found(JobResumed(60.0, "a", "retry", 1))
    assert (found.view(61.0).running[0].paused, found.view(61.0).running[0].silent) == (False, 1.0)


def test_nodes_are_shown_one_by_one_in_their_order_and_end_with_their_job():
    nodes = [begun(f"b/{node}") for node in (10, 2, 0)]
    found = state(begun("c"), *nodes)
    assert [job.label for job in found.view(12.0).running] == ["b/0", "b/2", "b/10", "c"]
    assert WaitingJob("b") not in found.view(12.0).waiting
    found(ended("b"))
    assert [job.label for job in found.view(12.0).running] == ["c"]


def test_a_job_that_runs_again_is_no_longer_done():
    view = state(begun(), ended("a", "failed"), begun(time=30.0)).view(31.0)
    assert (view.done, view.failed, [job.label for job in view.running]) == (0, 0, ["a"])


def test_work_of_the_runner_lasts_until_its_end():
    found = state(Progress(11.0, "pulling x", "1 MB"), Progress(12.0, "pulling x", "2 MB"))
    assert found.view(14.0).work == (WorkView("pulling x", "2 MB", 3.0),)
    found(Progress(15.0, "pulling x", ended=True))
    assert found.view(16.0).work == ()


def test_work_for_a_job_ends_with_it():
    assert state(begun(), Progress(11.0, "copying", job="a"), ended()).view(21.0).work == ()


def test_a_clock_that_was_set_back_makes_no_time_negative():
    view = state(begun(), step()).view(0.0)
    assert (view.seconds, view.running[0].seconds, view.running[0].silent) == (0.0, 0.0, 0.0)
