"""What `-j`, `-e` and filters leave of a workflow, and in which order it runs."""

import pytest

from ci.dataclass import replace
from ci.errors import Position, UsageError
from ci.workflow.job_instances import JobInstance, Need, Workflow
from ci.workflow.plan import Selection, make_plan

HERE = Position("config.yml", 1, 1)


def instance(name, *needs, job="", session="", executors=("docker",), filtered=None):
    source = job or name
    parents = tuple(Need(need) for need in needs)
    return JobInstance(name, "build", source, session or source, executors, parents, (), HERE, filtered=filtered)


MATRIX = Workflow(
    "smoke",
    HERE,
    (
        instance("test-py36", "build-py36", job="test", session="test", executors=("py36",)),
        instance("test-py3", "build-py3", job="test", session="test", executors=("py3",)),
        instance("build-py36", job="build", session="build", executors=("py36",)),
        instance("build-py3", job="build", session="build", executors=("py3",)),
        instance("lint", executors=("cimg/python:3.12", "docker")),
    ),
)


def names(workflow, **selection):
    return [each.name for each in make_plan(workflow, Selection(**selection)).instances]


def test_without_a_selection_all_jobs_run_parents_first_and_else_as_in_the_config():
    assert names(MATRIX) == ["build-py36", "test-py36", "build-py3", "test-py3", "lint"]


@pytest.mark.parametrize(
    ("selection", "kept"),
    [
        ({"jobs": ("test-py3",)}, ["build-py3", "test-py3"]),
        ({"jobs": ("test",)}, ["build-py36", "test-py36", "build-py3", "test-py3"]),
        ({"jobs": ("build",)}, ["build-py36", "build-py3"]),
        ({"jobs": ("test",), "executors": ("py36",)}, ["build-py36", "test-py36"]),
        ({"jobs": ("lint", "test-py3")}, ["build-py3", "test-py3", "lint"]),
        ({"executors": ("py3",)}, ["build-py3", "test-py3"]),
        ({"executors": ("py3", "py36")}, ["build-py36", "test-py36", "build-py3", "test-py3"]),
        ({"executors": ("cimg/python:3.12",)}, ["lint"]),
        ({"executors": ("docker",)}, ["lint"]),
        ({"jobs": ("test-py3",), "parents": False}, ["test-py3"]),
    ],
)
def test_a_job_is_an_instance_a_session_or_all_of_a_job_and_its_parents_come_along(selection, kept):
    assert names(MATRIX, **selection) == kept


def test_an_executor_is_any_value_of_a_matrix_too():
    old = replace(instance("test-3.9"), matrix=(("version", "3.9"), ("os", "linux")))
    new = replace(instance("test-3.11"), matrix=(("version", "3.11"), ("os", "linux")))
    workflow = Workflow("w", HERE, (old, new))
    assert names(workflow, executors=("3.11",)) == ["test-3.11"]
    assert names(workflow, executors=("linux",)) == ["test-3.9", "test-3.11"]
    with pytest.raises(UsageError, match=r"matrix value '3\.1' among the jobs test-3.9, test-3.11"):
        names(workflow, executors=("3.1",))


def test_the_first_of_instance_session_and_job_wins():
    workflow = Workflow("w", HERE, (instance("a", job="b"), instance("b", job="c"), instance("c-1", job="c")))
    assert names(workflow, jobs=("b",)) == ["b"]
    assert names(workflow, jobs=("c",)) == ["b", "c-1"]


def test_parents_come_along_whatever_their_executor():
    workflow = Workflow("w", HERE, (instance("build", executors=("a",)), instance("use", "build", executors=("b",))))
    assert names(workflow, executors=("b",)) == ["build", "use"]


@pytest.mark.parametrize(
    ("selection", "message"),
    [
        ({"jobs": ("tests",)}, "workflow 'smoke' has no job 'tests'"),
        ({"executors": ("py37",)}, "no executor or matrix value 'py37' among the jobs test, build, lint"),
        ({"jobs": ("lint",), "executors": ("py3",)}, "no executor or matrix value 'py3' among the jobs lint"),
    ],
)
def test_what_keeps_nothing_is_an_error_that_lists_what_there_is(selection, message):
    with pytest.raises(UsageError) as caught:
        names(MATRIX, **selection)
    problem = caught.value.problems[0]
    assert problem.message == message
    assert problem.hint


FILTERED = Workflow(
    "w",
    HERE,
    (
        instance("build"),
        instance("deploy", "build", filtered="branch 'x' is not main"),
        instance("notify", "deploy"),
        instance("report", "deploy", "build"),
    ),
)


def test_a_job_whose_parents_are_all_filtered_out_goes_with_them():
    plan = make_plan(FILTERED, Selection())
    assert [each.name for each in plan.instances] == ["build", "report"]
    assert {each.name: why for each, why in plan.left_out} == {
        "deploy": "branch 'x' is not main",
        "notify": "all that it requires is filtered out (deploy)",
    }


def test_a_filtered_job_that_was_asked_for_is_an_error_with_the_option_that_would_let_it_run():
    with pytest.raises(UsageError) as caught:
        make_plan(FILTERED, Selection(jobs=("deploy",)))
    assert caught.value.problems[0].message == "job 'deploy' is filtered out: branch 'x' is not main"
    assert "--branch NAME or --tag NAME" in caught.value.problems[0].hint


def test_an_inactive_workflow_is_an_error_that_says_why():
    workflow = Workflow("w", HERE, (instance("a"),), inactive_because="its `when` is false")
    with pytest.raises(UsageError, match="workflow 'w' is inactive: its `when` is false"):
        make_plan(workflow, Selection())
