"""A job that stops between its steps: it waits as it is, and what was decided says which step runs next."""

import threading
import time

import pytest

from ci.runtime.job import run_job
from ci.runtime.stops import NEVER, Decision, Stop
from ci.runtime.task import Settings
from tests.tasks import finished, output, run, task

from .shell_box import ShellBox


class Scripted:
    """Stops a job at each of the moments, and decides as it was written down, the last decision again and again."""

    asks = False
    may_stop = True

    def __init__(self, moments, *decisions, meanwhile=lambda: None):
        self.moments, self.decisions, self.meanwhile = moments, list(decisions), meanwhile
        self.stops = []

    def at(self, stop):
        return (stop.moment, stop.step) in self.moments or stop.moment in self.moments

    def decide(self, stop, held, cancel):
        self.stops.append(stop)
        self.meanwhile()
        return self.decisions.pop(0) if len(self.decisions) > 1 else self.decisions[0]


@pytest.fixture
def ran(tmp_path):
    """Run those commands as steps; the box's folder is the working directory, so that steps count into files."""

    def ran(stops, *commands, cancel=None, **keys):
        steps = [each if not isinstance(each, str) else run(each) for each in commands]
        made = task(tmp_path, steps, stops=stops, **keys)
        events = []
        outcome = run_job(made, ShellBox(tmp_path / "box").fill(made), events.append, cancel or threading.Event())
        return outcome, events

    return ran


def started(events):
    return [each.step for each in finished(events)]


FAILS_ONCE = "echo again >> tries; [ $(wc -l < tries) = 2 ]"


def test_a_failed_step_that_is_retried_and_passes_fails_no_job(ran):
    stops = Scripted({"failed"}, Decision("retry"))
    outcome, events = ran(stops, "echo one", FAILS_ONCE, "echo three")
    assert (outcome.status, started(events)) == ("success", [1, 2, 2, 3])
    assert stops.stops == [Stop("build", "build", 2, FAILS_ONCE, 3, "failed", "exit status 1", is_last=True)]


def test_steps_before_the_one_that_is_retried_do_not_run_again(ran):
    _, events = ran(Scripted({"failed"}, Decision("retry")), "echo once", FAILS_ONCE)
    assert output(events, 1) == "once\n"


def test_a_job_goes_on_from_an_earlier_step(ran):
    outcome, events = ran(Scripted({"failed"}, Decision("from", 1)), "echo one", FAILS_ONCE, "echo three")
    assert (outcome.status, started(events)) == ("success", [1, 2, 1, 2, 3])


def test_a_step_that_is_skipped_fails_no_job(ran):
    outcome, events = ran(Scripted({"failed"}, Decision("skip")), "false", "echo two")
    assert (outcome.status, started(events)) == ("success", [1, 2])


def test_to_continue_is_to_go_on_as_a_job_without_a_stop(ran):
    steps = ["false", "echo never", run("echo cleaning", when="on_fail")]
    outcome, events = ran(Scripted({"failed"}, Decision("continue")), *steps)
    assert (outcome.status, started(events)) == ("failed", [1, 3])


def test_a_job_that_is_given_up_runs_no_further_step(ran):
    steps = ["false", run("echo never", when="always")]
    outcome, events = ran(Scripted({"failed"}, Decision("give-up", reason="given up")), *steps)
    assert (outcome.status, outcome.reason, started(events)) == ("failed", "given up", [1])


def test_an_earlier_failure_stays_when_a_later_step_is_skipped(ran):
    steps = ["false", run("exit 3", when="on_fail")]
    stops = Scripted({"failed"}, Decision("continue"), Decision("skip"))
    outcome, _ = ran(stops, *steps)
    assert outcome.status == "failed"
    assert [each.step for each in stops.stops] == [1, 2]


def test_a_job_stops_before_a_step_and_runs_it_then(ran):
    stops = Scripted({("before", 2)}, Decision("continue"))
    outcome, events = ran(stops, "echo one", "echo two")
    assert (outcome.status, started(events)) == ("success", [1, 2])
    assert [(each.moment, each.step) for each in stops.stops] == [("before", 2)]


def test_a_job_stops_before_a_step_that_is_passed_over(ran):
    outcome, events = ran(Scripted({("before", 1)}, Decision("skip")), "false", "echo two")
    assert (outcome.status, started(events)) == ("success", [2])


def test_a_job_stops_after_a_step(ran):
    stops = Scripted({("after", 1)}, Decision("continue"))
    outcome, events = ran(stops, "echo one", "echo two")
    assert (outcome.status, started(events)) == ("success", [1, 2])
    assert [(each.moment, each.step, each.reason) for each in stops.stops] == [("after", 1, "")]


def test_the_time_of_a_stop_does_not_count_for_the_jobs_limit(ran, tmp_path):
    stops = Scripted({("after", 1)}, Decision("continue"), meanwhile=lambda: time.sleep(10.2))
    settings = Settings(tmp_path, state=tmp_path / "state", job_seconds=10)
    outcome, events = ran(stops, "echo one", "echo two", settings=settings)
    assert (outcome.status, started(events)) == ("success", [1, 2])


def test_a_run_that_ends_during_a_stop_cancels_the_job(ran):
    cancel = threading.Event()
    stops = Scripted({"failed"}, Decision("give-up", reason="the run was ended"), meanwhile=cancel.set)
    outcome, _ = ran(stops, "false", "echo two", cancel=cancel)
    assert (outcome.status, outcome.reason) == ("canceled", "the run was ended")


def test_a_step_that_runs_in_the_background_is_not_started_a_second_time(ran):
    server = run("echo up >> starts; sleep 30", background=True)
    stops = Scripted({"failed"}, Decision("from", 1))
    outcome, events = ran(stops, server, "until [ -s starts ]; do sleep 0.02; done; " + FAILS_ONCE, "cat starts")
    assert outcome.status == "success"
    assert output(events, 3) == "up\n"


def test_a_job_that_was_stopped_and_went_on_otherwise_is_not_exact(ran):
    outcome, _ = ran(Scripted({"failed"}, Decision("retry")), "true", FAILS_ONCE)
    assert "step 2 ran again" in outcome.fidelity.differences


def test_a_step_that_is_left_out_does_not_run_and_the_job_says_so(ran):
    outcome, events = ran(NEVER, "echo one", "echo two", "echo three", left_out=frozenset({1, 2}))
    assert started(events) == [3]
    assert "steps 1-2 did not run" in outcome.fidelity.differences


def test_secrets_are_masked_in_what_a_stop_says(ran):
    stops = Scripted({"failed"}, Decision("continue"))
    ran(stops, run("exit 1", name="use hunter22-x"), secrets=(("TOKEN", "hunter22-x"),))
    assert stops.stops[0].name == "use ****"
