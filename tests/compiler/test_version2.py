"""Configs of version 2: nothing is substituted, and what is compiled is what is written.

https://circleci.com/docs/reference/configuration-reference/#version: ``workflows.version`` is required, ``<<`` is text.
"""

import pytest

from ci.compiler.compile import Mode, NoOrbs, compile_config
from ci.compiler.pipeline_values import PipelineValues
from ci.errors import ConfigError

JOBS = "version: 2\njobs:\n  a: {docker: [{image: i}], steps: [checkout]}\n  b: {machine: true, steps: [{run: x}]}\n"


def compiled(text, **values):
    values = {"git.branch": "main", "git.tag": "", **values}
    return compile_config(text, "config.yml", PipelineValues(values), NoOrbs())


def workflow(jobs, **values):
    """Return the only workflow of a config."""
    return compiled(f"{JOBS}workflows:\n  version: 2\n  w: {{jobs: {jobs}}}\n", **values).workflows[0]


def refused(text):
    with pytest.raises(ConfigError) as error:
        compiled(text)
    return [(each.position.line, each.message) for each in error.value.problems]


def test_what_is_compiled_is_what_is_written():
    text = "version: 2.0\njobs: {build: {machine: true, steps: [{run: 'cat <<EOF'}, unknown]}}\nx: 1\n"
    found = compiled(text)
    assert found.document == {
        "version": 2,
        "jobs": {"build": {"machine": True, "steps": [{"run": "cat <<EOF"}, "unknown"]}},
    }
    assert [each.name for each in found.workflows] == ["workflow"]
    assert [each.name for each in found.workflows[0].instances] == ["build"]


def test_anchors_are_resolved():
    found = compiled("version: 2\nbase: &b {machine: true, steps: [checkout]}\njobs: {build: {<<: *b, shell: sh}}\n")
    assert found.document["jobs"] == {"build": {"shell": "sh", "machine": True, "steps": ["checkout"]}}


def test_jobs_wait_for_each_other():
    found = workflow("[a, h: {type: approval}, b: {requires: [a, h], context: c}]")
    assert [(each.name, each.kind, [need.name for need in each.needs]) for each in found.instances] == [
        ("a", "build", []),
        ("h", "approval", []),
        ("b", "build", ["a", "h"]),
    ]
    assert [each.executors for each in found.instances] == [("i", "docker"), (), ("machine",)]
    assert found.instances[2].contexts == ("c",)


@pytest.mark.parametrize(("contexts", "found"), [("c", ("c",)), ("[c, d]", ("c", "d")), ("null", ()), ("[7]", ())])
def test_contexts_are_a_name_or_a_list(contexts, found):
    assert workflow(f"[a: {{context: {contexts}}}]").instances[0].contexts == found


def test_filters_decide_what_runs():
    found = workflow("[a: {filters: {branches: {only: dev}}}, b: {requires: [a]}]")
    assert [bool(each.filtered) for each in found.instances] == [True, True]
    assert (
        not workflow("[a: {filters: {tags: {only: /v.*/}}}]", **{"git.branch": "", "git.tag": "v1"})
        .instances[0]
        .filtered
    )


def test_schedules_are_kept():
    text = "workflows:\n  version: 2\n  w: {triggers: [{schedule: {cron: '0 0 * * *'}}], jobs: [a]}\n"
    assert compiled(JOBS + text).workflows[0].schedules == ("0 0 * * *",)


@pytest.mark.parametrize(
    ("text", "line", "message"),
    [
        ("version: 2\n", 1, "required key [jobs] not found"),
        ("version: 2\njobs: [a]\n", 2, "required key [jobs] not found"),
        (JOBS, 3, "there are no workflows, and no job called build to run without them"),
        (f"{JOBS}setup: true\nworkflows: {{version: 2}}\n", 5, "setup needs version: 2.1"),
        (f"{JOBS}workflows: {{w: {{jobs: [a]}}}}\n", 5, "required key [version] not found in workflows"),
        (f"{JOBS}workflows: [a]\n", 5, "workflows must be a map from names to workflows"),
        (f"{JOBS}workflows: {{version: 2, w: {{}}}}\n", 5, "required key [jobs] not found in workflow 'w'"),
        (f"{JOBS}workflows: {{version: 2, w: {{jobs: [c]}}}}\n", 5, "Cannot find a definition for job named c"),
        (
            f"{JOBS}workflows: {{version: 2, w: {{jobs: [a: {{requires: [c]}}]}}}}\n",
            5,
            "Job 'a' requires 'c', which is the name of 0 other jobs in workflow 'w'",
        ),
    ],
)
def test_what_is_wrong_is_reported(text, line, message):
    assert refused(text) == [(line, message)]


def warned(text):
    return [(each.message, each.hint) for each in compiled(text).warnings]


WORKFLOW = "workflows: {version: 2, w: {jobs: [build]}}\n"
BUILD = "version: 2\njobs: {build: {machine: true, steps: [checkout]}}\n"


def test_a_key_on_the_top_level_that_holds_an_anchor_is_no_misspelling():
    assert warned(f"{BUILD}workflow: &w\n  a: 1\n{WORKFLOW}") == []


@pytest.mark.parametrize(
    ("text", "message", "hint"),
    [
        (f"{BUILD}orbs: {{}}\n{WORKFLOW}", "the key 'orbs' means nothing in version 2", "write version: 2.1"),
        (
            f"{BUILD}parameters: {{}}\n{WORKFLOW}",
            "the key 'parameters' means nothing in version 2",
            "write version: 2.1",
        ),
        (
            f"{BUILD}workflow: 1\n{WORKFLOW.replace('workflows', 'x')}",
            "the key 'workflow' means nothing to CircleCI",
            "did you mean 'workflows'?",
        ),
        (
            f"{BUILD.replace('steps', 'executor: e, steps')}{WORKFLOW}",
            "the key 'executor' means nothing in job 'build'",
            None,
        ),
        (
            f"{BUILD.replace('machine: true', 'docker: [{image: a, x: 1}]')}{WORKFLOW}",
            "the key 'x' means nothing in an image of job 'build'",
            None,
        ),
        (
            f"{BUILD.replace('[checkout]', '[chekout]')}{WORKFLOW}",
            "there is no step 'chekout' in version 2",
            "did you mean 'checkout'?",
        ),
        (
            f"{BUILD.replace('[checkout]', '[checkout: {pth: a}]')}{WORKFLOW}",
            "the key 'pth' means nothing in step checkout",
            "did you mean 'path'?",
        ),
        (
            f"{BUILD.replace('[checkout]', '[when: {steps: []}]')}{WORKFLOW}",
            "there is no step 'when' in version 2",
            None,
        ),
        (f"{BUILD}{WORKFLOW.replace('[build]', '[build], x: 1')}", "the key 'x' means nothing in workflow 'w'", None),
        (
            f"{BUILD}{WORKFLOW.replace('[build]', '[build: {matrix: {}}]')}",
            "the key 'matrix' means nothing in the entry of job 'build'",
            None,
        ),
    ],
)
def test_what_version_2_does_not_look_at_is_warned_of(text, message, hint):
    [(found, shown)] = warned(text)
    assert found == message
    assert hint is None or shown == hint


def test_keys_that_hold_anchors_pass():
    assert warned(f"{BUILD}x-common: 1\nreferences: 1\n{WORKFLOW}") == []


def test_version_2_is_refused_once_circlecis_announcement_counts():
    with pytest.raises(ConfigError, match="version 2: CircleCI's compiler refuses it"):
        compile_config(BUILD, "config.yml", PipelineValues(), NoOrbs(), mode=Mode(announced="refused"))
