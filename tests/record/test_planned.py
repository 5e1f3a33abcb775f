"""The record of a plan before its first job."""

from dataclasses import replace

from ci.record.planned import planned_workflow
from ci.workflow.model import Job, Run
from ci.workflow.plan import Selection, make_plan

from ..run.runs import HERE, instance, plan


def test_the_jobs_stand_in_the_plans_order_with_what_they_wait_for():
    made = planned_workflow(plan(instance("b", "a"), instance("a")), "host", "it was asked for")
    assert [(each.name, [need.name for need in each.needs], each.status) for each in made.jobs] == [
        ("a", [], "waiting"),
        ("b", ["a"], "waiting"),
    ]
    assert (made.name, made.engine, made.engine_reason, made.result) == ("w", "host", "it was asked for", "running")


def test_a_parent_that_is_not_in_the_plan_is_no_need_and_a_job_that_comes_along_was_not_asked_for():
    workflow = plan(instance("a"), instance("b", "a")).workflow
    alone = planned_workflow(make_plan(workflow, Selection(("b",), parents=False)), "host", "")
    assert [(each.name, each.needs) for each in alone.jobs] == [("b", ())]
    both = planned_workflow(make_plan(workflow, Selection(("b",))), "host", "")
    assert [(each.name, each.asked) for each in both.jobs] == [("a", False), ("b", True)]


def test_steps_and_nodes_are_counted_but_not_the_steps_of_an_engine_that_has_its_own():
    job = Job("a", HERE, (Run(HERE, "x", "true"), Run(HERE, "y", "true")), "docker", parallelism=3)
    made = plan(instance("a", job=job))
    [counted] = planned_workflow(made, "docker", "").jobs
    assert (counted.step_count, counted.parallelism) == (2, 3)
    assert planned_workflow(made, "circleci", "").jobs[0].step_count == 0


def test_what_filters_leave_out_is_recorded_with_the_reason():
    made = plan(instance("a"), replace(instance("b"), filtered="it is for tags alone"))
    [left] = planned_workflow(made, "host", "").left_out
    assert (left.name, left.reason) == ("b", "it is for tags alone")
