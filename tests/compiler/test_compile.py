"""The whole compiler: the version, the top level, which workflow there is without workflows, what is dropped.

https://circleci.com/docs/reference/configuration-reference/#version, #setup, #jobs (a job ``build`` runs without
workflows); guide "Dynamic configuration": a setup config leaves one workflow.
"""

import pytest

from ci.compiler.compile import PURE, Mode, NoOrbs, compile_config
from ci.compiler.pipeline_values import PipelineValues
from ci.errors import ConfigError

JOB = "{machine: true, steps: [checkout]}"
BUILD = f"version: 2.1\njobs: {{build: {JOB}}}\n"
DOCUMENT = {
    "version": 2,
    "jobs": {"build": {"machine": True, "steps": ["checkout"]}},
    "workflows": {"workflow": {"jobs": ["build"]}, "version": 2},
}


def compiled(text, mode=PURE, **given):
    return compile_config(text, "config.yml", PipelineValues(**given), NoOrbs(), mode=mode)


def refused(text, **given):
    with pytest.raises(ConfigError) as error:
        compiled(text, **given)
    return [(each.position.line if each.position else 0, each.message) for each in error.value.problems]


def warned(text):
    return [each.message for each in compiled(text).warnings]


@pytest.mark.parametrize("version", ["2.1", '"2.1"'])
def test_a_job_called_build_runs_without_workflows(version):
    assert compiled(f"version: {version}\njobs: {{build: {JOB}}}\n").document == DOCUMENT
    assert compiled(f"{BUILD}workflows:\n").document == DOCUMENT


@pytest.mark.parametrize(
    "more",
    [
        "commands: {c: {steps: []}}\n",
        "executors: {e: {machine: true}}\n",
        "parameters: {p: {type: string, default: a}}\n",
        "orbs: {}\n",
        "description: d\n",
        "x-common: &x {a: 1}\n",
        "setup: false\n",
        "functions:\n",
    ],
)
def test_what_compiling_takes_away_leaves_no_trace(more):
    assert compiled(BUILD + more).document == DOCUMENT


@pytest.mark.parametrize(
    ("text", "problems"),
    [
        ("jobs: {}\n", [(1, "required key [version] not found")]),
        ("version: 3\n", [(1, "the version must be 2.1 or 2, not 3")]),
        ("version: [2.1]\n", [(1, "the version must be 2.1 or 2, not [2.1]")]),
        (
            f"version: 2.1\njobs: {{test: {JOB}}}\n",
            [(1, "there are no workflows, and no job called build to run without them")],
        ),
        (f"{BUILD}workflows: [a]\n", [(3, "workflows must be a map from names to workflows")]),
        (f"{BUILD}setup: maybe\n", [(3, "setup must be true or false")]),
        (f"{BUILD}functions: {{f: a@v1}}\n", [(3, "functions are not supported here: f")]),
        ("version: 2.1\njobs: {build: null}\n", [(2, "job 'build' is used, and must be a map")]),
        (
            f"{BUILD}workflows: {{w: {{jobs: [x, {{build: {{requires: [y]}}}}]}}}}\n",
            [
                (3, "Cannot find a definition for job named x"),
                (3, "Job 'build' requires 'y', which is the name of 0 other jobs in workflow 'w'"),
            ],
        ),
    ],
)
def test_every_problem_is_reported(text, problems):
    assert refused(text) == problems


def test_a_key_near_a_known_one_is_warned_of():
    assert warned(f"{BUILD}worklfows: {{}}\n") == ["the key 'worklfows' means nothing to CircleCI"]
    assert warned(f"{BUILD}references: {{}}\n") == []


def test_a_key_that_holds_an_anchor_is_no_misspelling():
    assert warned(f"{BUILD}common: &common\n  a: 1\n") == []
    assert warned(f"{BUILD}common:\n  a: 1\n") == ["the key 'common' means nothing to CircleCI"]


def test_a_second_document_is_warned_of():
    [message] = warned(f"{BUILD}---\nx: 1\n")
    assert message.startswith("a second document begins here")


def test_a_setup_config_leaves_one_workflow():
    flows = "workflows: {one: {jobs: [build]}, two: {jobs: [build]}, three: {when: false, jobs: [build]}}\n"
    found = compiled(f"{BUILD}setup: true\n{flows}")
    assert found.setup
    message = "a setup config should leave one workflow to run, this one leaves: one, two"
    assert [each.message for each in found.warnings] == [message]
    assert warned(f"{BUILD}setup: true\nworkflows: {{one: {{jobs: [build]}}}}\n") == []
    assert warned(BUILD + flows) == []


def test_an_inactive_workflow_is_known_and_not_written():
    found = compiled(f"{BUILD}workflows: {{w: {{when: false, jobs: [build]}}, version: 2.1}}\n")
    assert found.document == {"version": 2, "jobs": {}, "workflows": {"version": 2}}
    assert [(each.name, each.active) for each in found.workflows] == [("w", False)]
    assert found.declared == ("build",)


def test_a_command_with_the_name_of_a_built_in_step_is_a_comment():
    found = compiled(f"{BUILD}commands: {{checkout: {{steps: [run: own]}}}}\n")
    assert found.comments == (
        "# WARNING: Command 'checkout' in commands.checkout may override built-in CircleCI command 'checkout'",
    )
    assert found.document["jobs"]["build"]["steps"] == [{"run": {"command": "own"}}]


def test_pipeline_values_and_parameters_are_filled_in():
    text = (
        "version: 2.1\nparameters: {p: {type: integer, default: 1}}\n"
        "jobs: {build: {machine: true, steps: [run: << pipeline.number >> << pipeline.parameters.p >>]}}\n"
    )
    found = compiled(text, values={"number": 7}, arguments={"p": 2})
    assert found.document["jobs"]["build"]["steps"] == [{"run": {"command": "7 2"}}]
    assert refused(text, arguments={"q": 2}) == [(0, "Unexpected argument(s): q")]


ORB = (
    "version: 2.1\norbs: {o: a/b@1}\njobs: {build: {machine: true, steps: [o/c]}, other: {machine: true, steps: []}}\n"
)


def test_a_missing_orb_is_an_error_if_something_uses_it():
    flows = "workflows: {w: {jobs: [build, other]}}\n"
    assert refused(ORB + flows) == [(2, "Cannot find orb 'a/b@1'")]
    partial = compiled(ORB + flows, Mode(partial=True))
    assert [(each.name, each.missing) for each in partial.workflows[0].instances] == [
        ("build", ("a/b@1",)),
        ("other", ()),
    ]
    assert list(partial.jobs) == ["other"]
    unused = compiled(f"{ORB}workflows: {{w: {{jobs: [other]}}}}\n")
    assert [each.message for each in unused.warnings] == ["Cannot find orb 'a/b@1', which nothing uses"]
