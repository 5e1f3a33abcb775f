"""A job called from outside: its arguments, as text, get the type that they are declared with."""

import pytest

from ci.compiler.define import define
from ci.compiler.job_call import JobCall, called, called_version2

from .snippets import map_node, problems, scope

PARAMETERS = (
    "{s: {type: string, default: a}, b: {type: boolean, default: false}, i: {type: integer, default: 1}, "
    "e: {type: enum, enum: [x, 7], default: x}, l: {type: steps, default: []}, x: {type: executor, default: d}}"
)
JOBS = f"{{j: {{parameters: {PARAMETERS}, machine: true, steps: []}}, k: {{steps: []}}}}"
CONFIG = f"{{version: 2.1, jobs: {JOBS}, workflows: {{w: {{jobs: [k]}}}}}}"


def call(job, **texts):
    """Return the workflows of the config with a called job, and what is reported."""
    place = scope()
    root = map_node(CONFIG)
    define(root, place.definitions, place.compilation.diagnostics)
    found = called(root, JobCall(job, texts), place.definitions, place.compilation.diagnostics)
    return found.get("workflows").plain, problems(place)


@pytest.mark.parametrize(
    ("texts", "arguments"),
    [
        ({}, {}),
        ({"s": "true", "b": "true", "i": "7"}, {"s": "true", "b": True, "i": 7}),
        ({"e": "7"}, {"e": 7}),
        ({"l": "[checkout, {run: a}]"}, {"l": ["checkout", {"run": "a"}]}),
        ({"x": "py3"}, {"x": "py3"}),
        ({"x": "{name: py3, tag: a}"}, {"x": {"name": "py3", "tag": "a"}}),
        ({"s": "{a: b}"}, {"s": "{a: b}"}),
    ],
)
def test_a_called_job_is_the_only_one_of_the_only_workflow(texts, arguments):
    assert call("j", **texts) == ({"version": 2, "j": {"jobs": [{"j": arguments}]}}, [])


@pytest.mark.parametrize(
    ("job", "texts", "message"),
    [
        ("nothing", {}, "Cannot find a definition for job named nothing (there are: j, k)"),
        (
            "j",
            {"b": "maybe"},
            'Type error for argument b: expected type: boolean, actual value: "maybe" (type string)'
            " (--job-param b=VALUE gave it)",
        ),
        ("j", {"y": "1"}, "--job-param: Unexpected argument(s): y (job 'j' has the parameters b, e, i, l, s, x)"),
        ("k", {"y": "1"}, "--job-param: Unexpected argument(s): y (the job has no parameters)"),
        (
            "j",
            {"l": "checkout"},
            'Type error for argument l: expected type: steps, actual value: "checkout" (type string)'
            " (--job-param l=VALUE gave it)",
        ),
    ],
)
def test_a_wrong_call_is_reported_with_the_option(job, texts, message):
    [found] = call(job, **texts)[1]
    assert found.partition(": ")[2] == message


def test_a_collection_that_cannot_be_read_is_reported():
    assert any("found" in each or "expected" in each for each in call("j", l="[a")[1])


def test_jobs_of_version_2_have_no_parameters():
    place = scope()
    found = called_version2(map_node("{jobs: {j: {}}}"), JobCall("j", {"a": "1"}), place.compilation.diagnostics)
    assert found.get("workflows").plain == {"version": 2, "j": {"jobs": [{"j": {}}]}}
    assert [each.partition(": ")[2] for each in problems(place)] == [
        "--job-param: Unexpected argument(s): a (the job has no parameters)"
    ]
