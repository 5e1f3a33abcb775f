"""How a run as a whole goes: its events, its engine, its reruns, its end.

https://circleci.com/docs/guides/orchestrate/workflows/ (states)
"""

from dataclasses import replace

import pytest

from ci.engines.protocol import Ready
from ci.events import JobFinished, Notice, RunFinished, RunStarted
from ci.run.workflow_run import left_out_notices, overall, run_with_reruns, run_workflow, with_ready_engine
from ci.workflow.plan import Plan

from .runs import TableEngine, instance, outcome, plan


@pytest.mark.parametrize(
    ("statuses", "status"),
    [
        (["success"], "success"),
        (["success", "skipped"], "success"),
        (["success", "not_run"], "success"),
        (["skipped"], "failed"),
        (["not_run", "skipped"], "failed"),
        ([], "failed"),
        (["success", "failed"], "failed"),
        (["success", "timedout"], "failed"),
        (["canceled", "failed", "on_hold"], "failed"),
        (["success", "canceled", "on_hold"], "canceled"),
        (["success", "on_hold"], "on_hold"),
    ],
)
def test_a_run_ends_as_its_jobs_did(statuses, status):
    results = {f"j{number}": outcome(each) for number, each in enumerate(statuses)}
    assert overall(plan(*map(instance, results)), results) == status


def test_a_run_of_approvals_alone_is_a_success():
    hold = instance("hold", kind="approval", job=None)
    assert overall(plan(hold), {"hold": outcome("success")}) == "success"


def test_jobs_that_need_a_missing_orb_fail_a_run_that_is_otherwise_a_success():
    made = plan(instance("a"))
    lacking = instance("b", missing=("team/orb",))
    assert overall(replace(made, left_out=((lacking, "why"),)), {"a": outcome("success")}) == "failed"
    assert overall(replace(made, left_out=((instance("c"), "why"),)), {"a": outcome("success")}) == "success"
    results = {"a": outcome("success"), "b": outcome("skipped")}
    assert overall(replace(made, instances=(*made.instances, lacking)), results) == "failed"


def test_a_job_that_has_not_ended_counts_for_nothing():
    assert overall(plan(instance("a"), instance("b")), {"a": outcome("success")}) == "success"


def test_what_filters_leave_out_is_named_and_a_warning_if_nothing_is_left():
    out, made = instance("out"), plan(instance("a"))
    some = left_out_notices(replace(made, left_out=((out, "its branches filter"),)))
    assert [(each.text, each.position, each.level) for each in some] == [
        ("out is left out: its branches filter", out.position, "info")
    ]
    none = left_out_notices(Plan(made.workflow, (), frozenset(), ((out, "why"),)))
    hint = "nothing is left to run: --branch NAME or --tag NAME runs the workflow as for that branch or tag"
    assert [(each.text, each.level) for each in none] == [("out is left out: why", "warning"), (hint, "warning")]
    assert left_out_notices(made) == []


def notices(runs):
    return [event.text for event in runs.events if isinstance(event, Notice)]


def test_what_failed_and_what_is_behind_it_runs_again_as_often_as_the_workflow_says(runs):
    engine = TableEngine(b=[outcome("failed"), outcome("failed"), outcome("success")])
    made = plan(instance("a"), instance("b", "a"), instance("c", "b"), reruns=2)
    results = run_with_reruns(runs.active(made, engine))
    assert [task.label for task in engine.tasks] == ["a", "b", "b", "b", "c"]
    assert notices(runs) == [
        "rerun 1 from what failed (max_auto_reruns)",
        "rerun 2 from what failed (max_auto_reruns)",
    ]
    assert {name: each.status for name, each in results.items()} == dict.fromkeys("abc", "success")


@pytest.mark.parametrize(("reruns", "ends", "times"), [(0, "failed", 1), (1, "failed", 2), (3, "canceled", 1)])
def test_a_run_that_fails_runs_no_more_often_than_that(runs, reruns, ends, times):
    engine = TableEngine(a=outcome(ends))
    results = run_with_reruns(runs.active(plan(instance("a"), reruns=reruns), engine))
    assert len(engine.tasks) == times
    assert results["a"].status == ends


def test_a_run_that_was_ended_does_not_run_again(runs):
    engine = TableEngine(a=outcome("failed"))
    engine.on_run = lambda task, emit: runs.cancel.set()
    run_with_reruns(runs.active(plan(instance("a"), reruns=3), engine))
    assert len(engine.tasks) == 1


def test_width_and_fail_fast_are_the_schedules(runs):
    engine = TableEngine(a=outcome("failed"))
    results = run_with_reruns(runs.active(plan(instance("a"), instance("b")), engine, fail_fast=True))
    assert {name: each.status for name, each in results.items()} == {"a": "failed", "b": "canceled"}


def test_an_engine_that_can_start_every_job_stays(runs):
    engine = TableEngine()
    context = runs.context(plan(instance("a"), instance("hold", job=None)), engine, fallback=TableEngine("circleci"))
    assert with_ready_engine(context, runs.events.append) == (context, Ready(engine.run))
    assert engine.prepared == ["a"]
    assert runs.events == []


def test_another_engine_takes_over_if_some_job_cannot_start(runs):
    fallback = TableEngine("circleci")
    context = runs.context(plan(instance("a")), TableEngine(trouble="no image"), fallback=fallback)
    found, ready = with_ready_engine(context, runs.events.append)
    assert (found.engine, found.fallback, fallback.prepared) == (fallback, None, ["a"])
    assert ready.run == fallback.run
    [notice] = runs.events
    assert (notice.text, notice.level) == ("the engine is circleci instead: no image", "warning")


def test_without_another_engine_the_first_stays_whatever_it_lacks(runs):
    context = runs.context(plan(instance("a")), TableEngine(trouble="no image"))
    assert with_ready_engine(context, runs.events.append)[0] is context


def test_a_run_begins_and_ends_with_an_event_of_its_own(runs):
    context = runs.context(plan(instance("a")), TableEngine(), notices=("first",))
    assert run_workflow(context, runs.folder, runs.events.append) == "success"
    begin, notice, finished, end = runs.events
    names = ("a",)
    folder = str(runs.folder.path)
    assert begin == RunStarted(begin.time, runs.folder.id, "w", "docker", "asked for", folder, names, ((),))
    assert (notice.text, finished.job, type(finished)) == ("first", "a", JobFinished)
    assert (end.status, type(end)) == ("success", RunFinished)
    assert 0 <= end.seconds < 600
    assert begin.time <= end.time


@pytest.mark.parametrize(("error", "status"), [(ValueError("a defect"), "failed"), (KeyboardInterrupt(), "canceled")])
def test_a_run_that_an_error_ends_has_its_last_event_too(runs, error, status):
    context = runs.context(plan(instance("a")), TableEngine(a=error))
    with pytest.raises(type(error)):
        run_workflow(context, runs.folder, runs.events.append)
    assert runs.events[-1].status == status
