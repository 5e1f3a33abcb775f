"""Which nox sessions a config has, and what they are called."""

import pytest

from ci.compiler.compile import compile_config
from ci.compiler.orb_imports import NoOrbs
from ci.compiler.pipeline_values import PipelineValues
from ci.pipeline.session_list import broken_sessions, config_sessions, utility_sessions


def sessions(workflows, jobs="build test deploy"):
    lines = [f"  {name}: {{docker: [{{image: a/b}}], steps: [checkout]}}" for name in jobs.split()]
    text = "\n".join(["version: 2.1", "jobs:", *lines, "workflows:", *(f"  {line}" for line in workflows)])
    return config_sessions(compile_config(text, "config.yml", PipelineValues(), NoOrbs()))


def names(*workflows, **options):
    return [session.name for session in sessions(workflows, **options)]


def test_a_session_for_each_workflow_and_for_each_job_of_it():
    assert names("a: {jobs: [build, test]}", "b: {jobs: [build]}") == ["a", "a-build", "a-test", "b", "b-build"]


def test_entries_of_one_name_are_one_session_and_an_entrys_own_name_counts():
    found = names("a: {jobs: [build, build: {name: again}]}")
    assert found == ["a", "a-build", "a-again"]


MATRIX = """
version: 2.1
jobs:
  test:
    parameters: {v: {type: string}}
    docker: [{image: a/b}]
    steps: [run: << parameters.v >>]
workflows:
  w:
    jobs:
      - test: {matrix: {parameters: {v: [one, two]}%s}%s}
"""


@pytest.mark.parametrize(
    ("alias", "name", "session"),
    [
        ("", "", "w-test"),
        (", alias: all", "", "w-all"),
        ("", ", name: test-<< matrix.v >>", "w-test"),
        (", alias: all", ", name: test-<< matrix.v >>", "w-all"),
    ],
)
def test_instances_of_a_matrix_are_one_session_named_by_its_alias_else_by_the_job(alias, name, session):
    compiled = compile_config(MATRIX % (alias, name), "config.yml", PipelineValues(), NoOrbs())
    assert [each.name for each in config_sessions(compiled)] == ["w", session]


def test_approval_and_no_op_jobs_have_none():
    assert names("w: {jobs: [build, hold: {type: approval, requires: [build]}]}") == ["w", "w-build"]


def test_of_two_sessions_of_one_name_the_workflows_wins():
    found = sessions(["a: {jobs: [build, test]}", "a-build: {jobs: [deploy]}"])
    [session] = [each for each in found if each.name == "a-build"]
    assert session.arguments == ("run", "a-build")


def test_a_description_says_the_jobs_the_schedule_and_the_parents():
    cron = 'triggers: [schedule: {cron: "0 0 * * *", filters: {branches: {only: main}}}]'
    found = {
        each.name: each.description for each in sessions([f"n: {{{cron}, jobs: [build, test: {{requires: [build]}}]}}"])
    }
    assert found["n"] == "Workflow n (cron 0 0 * * *): build, test."
    assert found["n-test"].endswith("after build.")


def test_every_session_has_the_tag_ci_and_that_of_its_kind():
    assert [each.tags for each in sessions(["a: {jobs: [build]}"])] == [("ci", "workflow"), ("ci", "job")]


def test_a_utility_whose_name_the_config_has_taken_is_called_ci_name():
    found = {each.name: each.arguments for each in utility_sessions({"graph"})}
    assert found["ci-graph"] == ("graph",)
    assert "graph" not in found
    assert found["validate"] == ("validate",)


def test_a_config_that_does_not_compile_has_the_sessions_whose_names_can_be_read():
    found = broken_sessions([("w", ("a", "b")), ("w-a", ())])
    assert [each.name for each in found] == ["w", "w-a", "w-b"]
    assert next(each for each in found if each.name == "w-a").arguments == ("run", "w-a")
