"""When jobs start, and what happens to those behind a failed one."""

import threading
import time
from dataclasses import replace

import pytest

from ci.errors import Position
from ci.events import Fidelity, JobFinished, TestCounts
from ci.run.scheduler import Detached, schedule_plan
from ci.runtime.task import Outcome
from ci.workflow.job_instances import JobInstance, Need, Workflow
from ci.workflow.plan import Selection, make_plan

HERE = Position("config.yml", 1, 1)
EXACT = Fidelity("exact")


def instance(name, *needs):
    found = tuple(need if isinstance(need, Need) else Need(need) for need in needs)
    return JobInstance(name, "build", name, name, ("docker",), found, (), HERE)


def plan(*instances):
    return make_plan(Workflow("w", HERE, instances), Selection())


def run(instances, statuses=None, *, width=0, fail_fast=False, work=lambda name: None, cancel=None):
    events = []

    def execute(each, results):
        work(each.name)
        return Outcome((statuses or {}).get(each.name, "success"), EXACT)

    results = schedule_plan(plan(*instances), execute, events.append, cancel or threading.Event(), width, fail_fast)
    return {name: outcome.status for name, outcome in results.items()}, events


def test_a_job_starts_when_its_own_parents_are_done_not_when_a_wave_is():
    slow_may_end = threading.Event()
    order = []

    def work(name):
        if name == "slow":
            assert slow_may_end.wait(60), "grandchild of the quick job waited for the slow one"
        order.append(name)
        if name == "grandchild":
            slow_may_end.set()

    statuses, _ = run(
        [instance("slow"), instance("quick"), instance("child", "quick"), instance("grandchild", "child")], work=work
    )
    assert order == ["quick", "child", "grandchild", "slow"]
    assert set(statuses.values()) == {"success"}


def test_no_more_jobs_run_at_once_than_asked_for():
    running, most, lock, three = set(), [], threading.Lock(), threading.Barrier(3)

    def work(name):
        with lock:
            running.add(name)
            most.append(len(running))
        three.wait(60)  # no job ends before three run
        with lock:
            running.discard(name)

    run([instance(f"j{n}") for n in range(12)], width=3, work=work)
    assert max(most) == 3


def test_one_at_a_time_follows_the_order_of_the_plan():
    order = []
    run([instance("c"), instance("b", "a"), instance("a")], width=1, work=order.append)
    assert order == ["c", "a", "b"]


def test_of_those_that_can_start_the_first_in_the_plan_starts():
    order = []
    run([instance("a"), instance("b", "a"), instance("c")], width=1, work=order.append)
    assert order == ["a", "b", "c"]


def test_a_failed_job_stops_only_what_requires_it():
    statuses, events = run([instance("bad"), instance("behind", "bad"), instance("free")], {"bad": "failed"})
    assert statuses == {"bad": "failed", "behind": "not_run", "free": "success"}
    [behind] = [event for event in events if isinstance(event, JobFinished) and event.job == "behind"]
    assert behind.reason == "skipped because bad failed"


@pytest.mark.parametrize(
    ("ended", "wanted", "status"),
    [
        ("failed", ("failed",), "success"),
        ("success", ("failed",), "not_run"),
        ("failed", ("success", "failed"), "success"),
        ("canceled", ("canceled",), "success"),
        ("skipped", ("not_run",), "success"),
        ("timedout", ("failed",), "success"),
        ("on_hold", ("success", "failed", "canceled", "not_run"), "not_run"),
    ],
)
def test_requires_with_statuses_waits_for_one_of_them(ended, wanted, status):
    statuses, _ = run([instance("a"), instance("b", Need("a", wanted))], {"a": ended})
    assert statuses["b"] == status


def test_what_did_not_run_passes_that_on():
    statuses, _ = run([instance("a"), instance("b", "a"), instance("c", "b")], {"a": "failed"})
    assert statuses["c"] == "not_run"


def test_fail_fast_starts_nothing_after_the_first_failure():
    statuses, _ = run([instance("bad"), instance("free")], {"bad": "failed"}, width=1, fail_fast=True)
    assert statuses == {"bad": "failed", "free": "canceled"}


def test_once_cancelled_nothing_starts():
    cancel = threading.Event()
    statuses, _ = run([instance("a"), instance("b")], width=1, cancel=cancel, work=lambda name: cancel.set())
    assert statuses == {"a": "success", "b": "canceled"}


def test_an_error_of_the_runner_itself_is_raised_not_swallowed():
    def work(name):
        raise RuntimeError("a defect")

    with pytest.raises(RuntimeError, match="a defect"):
        run([instance("a")], work=work)


def test_an_error_of_the_runner_in_one_job_fails_that_job_and_is_raised_when_the_others_have_ended():
    events = []

    def execute(each, results):
        if each.name == "a":
            raise ValueError("a defect")
        return Outcome("success", EXACT)

    with pytest.raises(ValueError, match="a defect"):
        schedule_plan(
            plan(instance("a"), instance("b", "a"), instance("c")), execute, events.append, threading.Event(), 1
        )
    assert {each.job: each.status for each in events} == {"a": "failed", "b": "not_run", "c": "success"}


def test_jobs_that_run_are_waited_for_when_their_events_cannot_be_written():
    begun, ended = threading.Event(), []

    def execute(each, results):
        if each.name == "slow":
            begun.set()
            assert cancel.wait(60)
            ended.append(each.name)
        return Outcome("success", EXACT)

    def emit(event):
        assert begun.wait(60)
        raise OSError("no room")

    cancel = threading.Event()
    with pytest.raises(OSError, match="no room"):
        schedule_plan(plan(instance("slow"), instance("quick")), execute, emit, cancel, 0)
    assert ended == ["slow"]


def test_results_that_are_there_already_are_taken_as_they_are():
    ran = []

    def execute(each, results):
        ran.append(each.name)
        assert results["a"].reason == "kept"
        return Outcome("success", EXACT)

    done = {"a": Outcome("success", EXACT, "kept")}
    schedule_plan(plan(instance("a"), instance("b", "a")), execute, lambda event: None, threading.Event(), done=done)
    assert ran == ["b"]


def finishes(*instances, cancel=None, **ends):
    """The last events of jobs that end as given; any other succeeds."""
    events = []

    def execute(each, results):
        return ends.get(each.name, Outcome("success", EXACT))

    schedule_plan(plan(*instances), execute, events.append, cancel or threading.Event())
    return events


@pytest.mark.parametrize(
    ("ended", "wanted", "reason"),
    [
        ("failed", ("success",), "skipped because a failed"),
        ("canceled", ("success",), "skipped because a was canceled"),
        ("on_hold", ("success",), "skipped because a waits for approval"),
        ("not_run", ("success",), "skipped because a did not run"),
        ("skipped", ("success",), "skipped because a was skipped"),
        ("success", ("failed", "canceled"), "skipped because a succeeded (required: failed or canceled)"),
    ],
)
def test_a_job_that_cannot_start_says_which_parent_ended_how(ended, wanted, reason):
    _, behind = finishes(instance("a"), instance("b", Need("a", wanted)), a=Outcome(ended, EXACT))
    assert behind == JobFinished(behind.time, "b", "not_run", 0.0, Fidelity("skipped"), reason, HERE)


def test_the_event_of_a_jobs_end_has_all_of_its_outcome():
    before = time.time()
    fidelity = Fidelity("emulated", ("p",))
    ended = Outcome("timedout", fidelity, "too long", tests=TestCounts(3, 1), artifacts=2)
    [event] = finishes(instance("a"), a=ended)
    assert event == JobFinished(
        event.time, "a", "timedout", event.seconds, fidelity, "too long", HERE, TestCounts(3, 1), 2
    )
    assert before <= event.time <= time.time()
    assert 0 <= event.seconds < 600


def test_what_had_not_begun_when_the_run_was_ended_says_so():
    cancel = threading.Event()
    cancel.set()
    events = finishes(instance("a"), instance("b", "a"), cancel=cancel)
    reason = "the run was ended before it began"
    assert events == [
        JobFinished(event.time, name, "canceled", 0.0, Fidelity("skipped"), reason, HERE)
        for event, name in zip(events, "ab", strict=True)
    ]


def test_a_job_in_which_the_runner_fails_says_so():
    def execute(each, results):
        raise ValueError("a defect")

    events = []
    with pytest.raises(ValueError, match="a defect"):
        schedule_plan(plan(instance("a")), execute, events.append, threading.Event())
    [event] = events
    reason = "the runner itself failed"
    assert event == JobFinished(event.time, "a", "failed", event.seconds, Fidelity("skipped"), reason, HERE)
    assert 0 <= event.seconds < 600


def test_a_job_that_takes_too_long_is_a_failure_to_fail_fast_too():
    statuses, _ = run([instance("slow"), instance("free")], {"slow": "timedout"}, width=1, fail_fast=True)
    assert statuses == {"slow": "timedout", "free": "canceled"}


def test_a_parent_outside_the_plan_does_not_hide_one_inside():
    job = instance("b", "elsewhere", "a")
    chosen = make_plan(Workflow("w", HERE, (instance("a"), instance("elsewhere"), job)), Selection())
    chosen = replace(chosen, instances=tuple(each for each in chosen.instances if each.name != "elsewhere"))

    def execute(each, results):
        return Outcome("failed", EXACT)

    results = schedule_plan(chosen, execute, lambda event: None, threading.Event())
    assert {name: outcome.status for name, outcome in results.items()} == {"a": "failed", "b": "not_run"}


def test_one_job_at_a_time_runs_unless_more_are_asked_for():
    ended, before = [], []

    def execute(each, results):
        before.append(list(ended))
        return Outcome("success", EXACT)

    schedule_plan(plan(instance("a"), instance("b")), execute, lambda event: ended.append(event.job), threading.Event())
    assert before == [[], ["a"]]


def test_a_jobs_thread_has_its_name_and_holds_up_no_exit():
    threads = []
    run([instance("a")], work=lambda name: threads.append(threading.current_thread()))
    assert [(thread.name, thread.daemon) for thread in threads] == [("job a", True)]


def test_a_job_that_cannot_be_started_is_canceled_and_the_error_is_raised():
    def not_run(each, results):
        raise AssertionError("it has no thread")

    events = []
    before = threading.stack_size(1 << 47)  # more than a process can have: no thread starts
    try:
        with pytest.raises(RuntimeError, match="can't start new thread"):
            schedule_plan(plan(instance("a"), instance("b")), not_run, events.append, threading.Event(), 0)
    finally:
        threading.stack_size(before)
    assert [(event.job, event.status) for event in events] == [("a", "canceled"), ("b", "canceled")]


def test_what_is_behind_a_detached_job_waits_and_the_rest_runs():
    ran = []

    def work(name):
        ran.append(name)
        if name == "left":
            raise Detached

    instances = [instance("left"), instance("behind", "left"), instance("free"), instance("next", "free")]
    statuses, events = run(instances, work=work, width=1)
    assert statuses == {"free": "success", "next": "success"}
    assert sorted(ran) == ["free", "left", "next"]
    assert {each.job for each in events} == {"free", "next"}


def test_a_run_that_is_ended_ends_its_detached_jobs_too():
    cancel = threading.Event()

    def work(name):
        if name == "left":
            raise Detached
        cancel.set()

    instances = [instance("left"), instance("behind", "left"), instance("ends")]
    statuses, events = run(instances, work=work, width=1, cancel=cancel)
    assert statuses == {"left": "canceled", "behind": "canceled", "ends": "success"}
    reasons = {each.job: each.reason for each in events}
    assert reasons["left"] == "the run was ended"
