"""Jobs that wait: until somebody decides, the run ends, or they have waited too long."""

import threading
import time

import pytest

from ci.pause.paused_jobs import NotPausedError, PausedJobs
from ci.runtime.stops import Decision, Held, Stop
from tests.patience import eventually

HELD = Held(bring_in=lambda: (), open_shell=lambda request, streams: None)


def stop(label="build", moment="failed", step=2):
    return Stop(label.partition("/")[0], label, step, "Test", 3, moment, "exit status 1")


class Waiting:
    """A job that waits in a thread of its own, as a job of a run does."""

    def __init__(self, jobs, cancel=None, **keys):
        self.stop, self.decision, self.cancel = stop(**keys), None, cancel or threading.Event()
        self.jobs = jobs
        self.thread = threading.Thread(target=self._wait, daemon=True)
        self.thread.start()
        eventually(lambda: any(each.stop == self.stop for each in jobs.paused()) or self.decision)

    def _wait(self):
        with self.jobs.node(self.stop.job, self.stop.label):
            self.decision = self.jobs.decide(self.stop, HELD, self.cancel)

    def result(self):
        self.thread.join(60)
        return self.decision


@pytest.fixture
def jobs():
    return PausedJobs(limit=1000)


@pytest.mark.parametrize(
    ("rules", "stops"),
    [
        ((True, (), ()), {"failed"}),
        ((False, (("build", 2),), ()), {"before"}),
        ((False, (), (("build", 2),)), {"after", "failed"}),
        ((False, (("build", 1), ("other", 2)), (("build", 3),)), set()),
    ],
    ids=["at failure", "before a step", "after a step, failed or not", "at other steps"],
)
def test_a_job_stops_where_the_rules_say(jobs, rules, stops):
    jobs.rule(*rules)
    assert {moment for moment in ("before", "after", "failed") if jobs.at(stop(moment=moment))} == stops


def test_a_paused_job_goes_on_as_decided(jobs):
    waiting = Waiting(jobs)
    jobs.answer("build", Decision("retry"))
    assert waiting.result() == Decision("retry")
    assert jobs.paused() == ()


def test_the_only_paused_job_needs_no_name(jobs):
    waiting = Waiting(jobs)
    jobs.answer("", Decision("skip"))
    assert waiting.result() == Decision("skip")


def test_one_of_several_paused_jobs_must_be_named(jobs):
    first, second = Waiting(jobs), Waiting(jobs, label="lint")
    with pytest.raises(NotPausedError, match="several jobs are paused: build, lint; name one of them"):
        jobs.answer("", Decision("retry"))
    jobs.answer("lint", Decision("skip"))
    assert second.result() == Decision("skip")
    assert first.decision is None
    jobs.answer("", Decision("retry"))
    assert first.result() == Decision("retry")


def test_the_one_paused_node_of_a_job_is_found_by_the_jobs_name(jobs):
    waiting = Waiting(jobs, label="build/1")
    assert jobs.find("build").stop.label == "build/1"
    jobs.answer("build", Decision("skip"))
    waiting.result()


def test_a_job_that_is_not_paused_is_refused(jobs):
    with pytest.raises(NotPausedError, match="no job is paused"):
        jobs.answer("", Decision("retry"))
    waiting = Waiting(jobs)
    with pytest.raises(NotPausedError, match="job 'deploy' is not paused; paused are: build"):
        jobs.answer("deploy", Decision("retry"))
    jobs.answer("", Decision("skip"))
    waiting.result()


@pytest.mark.parametrize("step", [0, 4])
def test_a_step_that_the_job_has_not_is_refused(jobs, step):
    waiting = Waiting(jobs)
    with pytest.raises(NotPausedError, match=f"build has 3 steps: there is no step {step}"):
        jobs.answer("", Decision("from", step))
    jobs.answer("", Decision("from", 3))
    assert waiting.result() == Decision("from", 3)


def test_a_job_is_decided_once(jobs):
    waiting = Waiting(jobs)
    paused = jobs.find()
    jobs.answer("", Decision("retry"))
    with pytest.raises(NotPausedError):
        jobs.answer("build", Decision("skip"))
    assert paused.decision == waiting.result() == Decision("retry")


def test_a_job_is_given_up_when_the_run_ends(jobs):
    cancel = threading.Event()
    waiting = Waiting(jobs, cancel)
    cancel.set()
    assert waiting.result() == Decision("give-up", reason="the run was ended")


def test_a_job_is_given_up_when_it_has_waited_for_the_limit():
    waiting = Waiting(PausedJobs(limit=0.2))
    assert waiting.result() == Decision("give-up", reason="it was paused for 0.2s, the limit of --pause-limit")


def test_a_person_at_the_terminal_decides():
    asked = []

    def ask(stop, held, decided):
        asked.append(stop.label)
        return Decision("skip")

    waiting = Waiting(PausedJobs(limit=1000, ask=ask))
    assert waiting.result() == Decision("skip")
    assert asked == ["build"]


def test_another_terminal_may_decide_while_a_person_is_asked():
    def ask(stop, held, decided):
        eventually(decided)

    jobs = PausedJobs(limit=1000, ask=ask)
    waiting = Waiting(jobs)
    jobs.answer("", Decision("retry"))
    assert waiting.result() == Decision("retry")


def test_a_job_is_held_only_when_no_node_of_it_goes_on(jobs):
    with jobs.node("build", "build/0"):
        waiting = Waiting(jobs, label="build/1")
        assert jobs.held() == frozenset()
    assert jobs.held() == {"build"}
    jobs.answer("", Decision("retry"))
    waiting.result()
    assert jobs.held() == frozenset()


def test_whoever_asked_hears_of_each_change(jobs):
    changes = []
    jobs.changed = lambda: changes.append(len(jobs.paused()))
    waiting = Waiting(jobs)
    jobs.answer("", Decision("retry"))
    waiting.result()
    assert changes[0] == 1
    assert changes[-1] == 0


def test_the_one_that_has_waited_longest_comes_first(jobs):
    first, second = Waiting(jobs, label="b"), Waiting(jobs, label="a")
    assert [each.stop.label for each in jobs.paused()] == ["b", "a"]
    assert jobs.paused()[0].since <= jobs.paused()[1].since <= time.time()
    for each in (first, second):
        jobs.answer(each.stop.label, Decision("skip"))
        each.result()
