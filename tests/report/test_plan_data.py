"""A plan and a graph as data: what a key says, and that docs/events.md has every key."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from ci.report.plan_data import graph_data, plan_data
from ci.workflow.job_instances import Need
from ci.workflow.model import Job, Run, SaveCache
from ci.workflow.plan import Selection, make_plan

from ..projects import ROOT, make_project
from ..run.runs import HERE, instance, plan

PAGE = (ROOT / "docs" / "events.md").read_text(encoding="utf-8")
BUILD = instance("build", job=Job("build", HERE, (Run(HERE, "make", "make"), SaveCache(HERE, "k", ())), "docker"))
TEST = replace(instance("test"), needs=(Need("build", ("success", "failed")),))


def data(made, engine="host", refused=None):
    return plan_data(
        made, engine, "asked for", lambda each: refused, lambda each: ["an image"], lambda each: ["a risk"]
    )


def keys(value) -> set[str]:
    """All keys of the objects in plain data."""
    if isinstance(value, dict):
        return {*value, *(key for each in value.values() for key in keys(each))}
    return {key for each in value for key in keys(each)} if isinstance(value, list) else set()


def test_a_plan_has_its_jobs_in_order_with_their_needs_and_steps():
    found = data(plan(TEST, BUILD))
    assert (found["workflow"], found["engine"], found["reason"]) == ("w", "host", "asked for")
    assert [each["name"] for each in found["jobs"]] == ["build", "test"]
    build, test = found["jobs"]
    assert test["needs"] == [{"name": "build", "statuses": ["success", "failed"]}]
    assert [(each["step"], each["name"], each["left_out"]) for each in build["steps"]] == [
        (1, "make", False),
        (2, "Saving Cache", False),
    ]
    assert (build["preview"], build["risks"], build["skipped"]) == (["an image"], ["a risk"], None)


def test_a_step_that_the_engine_cannot_do_is_left_out():
    assert [each["left_out"] for each in data(plan(BUILD), "circleci")["jobs"][0]["steps"]] == [False, True]


def test_a_job_that_would_be_skipped_says_why_and_has_no_steps():
    [found] = data(plan(BUILD), refused="no macOS here")["jobs"]
    assert (found["skipped"], found["steps"], found["preview"]) == ("no macOS here", [], [])


def test_a_parent_that_comes_along_was_not_asked_for():
    made = make_plan(plan(TEST, BUILD).workflow, Selection(("test",)))
    assert [(each["name"], each["asked"]) for each in data(made)["jobs"]] == [("build", False), ("test", True)]


def test_what_filters_leave_out_has_the_reason():
    made = data(plan(BUILD, replace(TEST, needs=(), filtered="for tags alone")))
    assert made["left_out"] == [{"name": "test", "reason": "for tags alone"}]


def test_a_graph_has_every_workflow_and_all_needs():
    [found] = graph_data([plan(TEST, BUILD).workflow])["workflows"]
    assert (found["name"], found["active"], found["inactive_because"]) == ("w", True, None)
    assert [(each["name"], each["filtered"]) for each in found["jobs"]] == [("test", None), ("build", None)]


def test_the_page_names_every_key():
    found = keys(data(plan(TEST, BUILD))) | keys(graph_data([plan(TEST, BUILD).workflow]))
    assert {key for key in found if f"`{key}`" not in PAGE} == set()


CONFIG = """
version: 2.1
jobs: {build: {docker: [{image: cimg/base:stable}], steps: [run: echo hello]}}
workflows: {main: {jobs: [build]}}
"""


@pytest.mark.parametrize(
    "words", [("run", "main", "--dry-run", "--json", "--engine", "host"), ("run", "-j", "build", "--dry-run", "--json"),
              ("graph", "--json"), ("graph", "main", "--json")],
)  # fmt: skip
def test_the_commands_print_one_document_alone_on_standard_output(tmp_path, words):
    project = make_project(tmp_path / "project", CONFIG)
    done = project.ci(*words)
    assert done.status == 0, done.stderr
    found = json.loads(done.stdout)
    assert found["schema"] == 1
    assert {key for key in keys(found) if f"`{key}`" not in PAGE} == set()
    assert not (project.path / ".nox" / "ci" / "runs").exists()
