"""Jobs: a definition, its executor and the arguments of an entry become the body of a compiled job.

https://circleci.com/docs/reference/configuration-reference/#jobs: the types and keys. "Overriding keys when invoking an
executor" of https://circleci.com/docs/reference/reusing-config/: the job's keys replace the executor's, ``environment``
is united; in what CircleCI compiles it is a list of one-key maps.
"""

import pytest

from ci.compiler.define import define
from ci.compiler.jobs import compile_job

from .snippets import map_node, node, plain, problems, scope, warnings

EXECUTORS = (
    "{e: {docker: [{image: a}], shell: sh, environment: {A: 1, B: 2}, resource_class: small}, "
    "bare: {machine: true}, mac: {macos: {xcode: '15'}}}"
)


def compiled(job, arguments="{}", pre=None, post=None):
    """Return the compiled job, and the scope to ask for problems."""
    place = scope()
    root = map_node(f"{{executors: {EXECUTORS}, jobs: {{j: {job}}}}}")
    define(root, place.definitions, place.compilation.diagnostics)
    around = tuple(node(each) if each else None for each in (pre, post))
    key = root.entries["jobs"][1].entries["j"][0]
    return compile_job(place.definitions.jobs["j"], map_node(arguments).entries, around, place, key), place


def body(job, arguments="{}", pre=None, post=None):
    """Return the body of a compiled job of which nothing is reported."""
    found, place = compiled(job, arguments, pre, post)
    assert problems(place) == []
    return plain(found.node)


def reported(job, arguments="{}"):
    return [each.partition(": ")[2] for each in problems(compiled(job, arguments)[1])]


STEPS = "steps: [checkout]"
E = {"docker": [{"image": "a"}], "shell": "sh", "resource_class": "small", "steps": ["checkout"]}
BOTH = [{"A": 1}, {"B": 2}]


@pytest.mark.parametrize(
    ("job", "expected"),
    [
        (f"{{machine: true, {STEPS}}}", {"machine": True, "steps": ["checkout"]}),
        (f"{{executor: e, {STEPS}}}", {**E, "environment": BOTH}),
        (f"{{executor: {{name: e}}, {STEPS}}}", {**E, "environment": BOTH}),
        (f"{{executor: e, shell: bash, {STEPS}}}", {**E, "shell": "bash", "environment": BOTH}),
        (f"{{executor: e, docker: [{{image: b}}], {STEPS}}}", {**E, "docker": [{"image": "b"}], "environment": BOTH}),
        (
            f"{{executor: e, machine: true, {STEPS}}}",
            {"machine": True, "shell": "sh", "resource_class": "small", "steps": ["checkout"], "environment": BOTH},
        ),
        (f"{{executor: e, environment: {{B: 3}}, {STEPS}}}", {**E, "environment": [{"A": 1}, {"B": 3}]}),
        (f"{{executor: e, environment: {{C: 3}}, {STEPS}}}", {**E, "environment": [*BOTH, {"C": 3}]}),
        (f"{{executor: e, environment: [{{B: 3}}], {STEPS}}}", {**E, "environment": [{"A": 1}, {"B": 3}]}),
        (f"{{executor: e, environment: null, {STEPS}}}", {**E, "environment": BOTH}),
        (
            f"{{executor: bare, environment: {{A: true}}, {STEPS}}}",
            {"machine": True, "environment": [{"A": True}], "steps": ["checkout"]},
        ),
        (
            f"{{machine: {{image: i, resource_class: large}}, {STEPS}}}",
            {"machine": {"image": "i"}, "resource_class": "large", "steps": ["checkout"]},
        ),
        (
            f"{{description: d, parameters: {{}}, machine: true, working_directory: w, {STEPS}}}",
            {"machine": True, "working_directory": "w", "steps": ["checkout"]},
        ),
        (
            f"{{machine: true, retention: {{caches: 30d}}, {STEPS}}}",
            {"machine": True, "retention": {"caches": "30d"}, "steps": ["checkout"]},
        ),
        ("{machine: true, steps: []}", {"machine": True, "steps": []}),
    ],
)
def test_the_jobs_keys_stand_over_the_executors_and_the_environments_unite(job, expected):
    assert body(job) == expected


def test_the_arguments_are_filled_in_everywhere():
    job = (
        "{parameters: {n: {type: integer}, e: {type: executor}, s: {type: string, default: x}}, "
        "executor: << parameters.e >>, parallelism: << parameters.n >>, environment: {V: << parameters.s >>}, "
        "steps: [run: make << parameters.n >>]}"
    )
    assert body(job, "{n: 3, e: bare}") == {
        "machine": True,
        "parallelism": 3,
        "environment": [{"V": "x"}],
        "steps": [{"run": {"command": "make 3"}}],
    }


def test_pre_steps_and_post_steps_stand_around_the_jobs_own():
    found = body(f"{{machine: true, {STEPS}}}", pre="[run: before]", post="[run: after]")
    assert found["steps"] == [{"run": {"command": "before"}}, "checkout", {"run": {"command": "after"}}]


def test_a_job_with_equal_arguments_is_compiled_once():
    place = scope()
    root = map_node(f"{{jobs: {{j: {{parameters: {{v: {{type: string, default: a}}}}, machine: true, {STEPS}}}}}}}")
    define(root, place.definitions, place.compilation.diagnostics)
    job, key = place.definitions.jobs["j"], root.entries["jobs"][0]
    first, again, other, around = (
        compile_job(job, map_node(arguments).entries, (pre, None), place, key)
        for arguments, pre in (("{}", None), ("{v: a}", None), ("{v: b}", None), ("{}", node("[run: p]")))
    )
    assert first is again
    assert other is not first
    assert around is not first


@pytest.mark.parametrize(
    ("job", "kind", "expected"),
    [
        ("{type: no-op}", "no-op", {"type": "no-op"}),
        ("{type: approval, description: d}", "approval", {"type": "approval"}),
        ("{type: release, plan_name: p}", "release", {"type": "release", "plan_name": "p"}),
        ("{type: lock, key: k}", "lock", {"type": "lock", "key": "k"}),
        (
            f"{{type: build, machine: true, {STEPS}}}",
            "build",
            {"type": "build", "machine": True, "steps": ["checkout"]},
        ),
    ],
)
def test_a_job_has_a_type_and_only_a_build_needs_steps(job, kind, expected):
    found, place = compiled(job)
    assert problems(place) == []
    assert (found.kind, plain(found.node)) == (kind, expected)


NEEDS = "job 'j' needs one of docker, machine, macos or executor (say where it runs)"


@pytest.mark.parametrize(
    ("job", "messages"),
    [
        ("{machine: true}", ["required key [steps] not found in job 'j' (a job needs steps to run)"]),
        (f"{{{STEPS}}}", [NEEDS]),
        (f"{{machine: true, macos: {{}}, {STEPS}}}", ["job 'j' has machine and macos (only one of them is allowed)"]),
        (f"{{docker: [], {STEPS}}}", ["docker in job 'j' must be a list of images"]),
        (f"{{machine: true, filters: {{}}, {STEPS}}}", ["extraneous key [filters] is not permitted in job 'j'"]),
        (
            f"{{machine: true, max_auto_reruns: 2, {STEPS}}}",
            ["extraneous key [max_auto_reruns] is not permitted in job 'j'"],
        ),
        ("{type: test}", ["job 'j' cannot have the type test"]),
        ("{type: [build]}", ["job 'j' cannot have the type a collection"]),
        ("{type: release}", ["required key [plan_name] not found in release job 'j'"]),
        ("{type: lock}", ["required key [key] not found in lock job 'j'"]),
        ("{type: unlock}", ["required key [key] not found in unlock job 'j'"]),
        (f"{{executor: nothing, {STEPS}}}", ["Cannot find a definition for executor named nothing"]),
        *(
            (
                f"{{machine: true, retention: {retention}, {STEPS}}}",
                [f"retention of caches must be 1d to 30d, not {shown} (for example 15d)"],
            )
            for retention, shown in (
                ("{caches: 0d}", "0d"),
                ("{caches: 31d}", "31d"),
                ("{caches: 5}", "5"),
                ("{caches: 1000d}", "1000d"),
                ("7d", "7d"),
            )
        ),
    ],
)
def test_what_is_wrong_with_a_job_is_reported(job, messages):
    found = reported(job)
    assert [
        each if "(" in message else each.partition(" (")[0] for each, message in zip(found, messages, strict=True)
    ] == messages


@pytest.mark.parametrize(
    ("job", "names"),
    [
        (f"{{executor: e, {STEPS}}}", ("e",)),
        (f"{{executor: e, docker: [{{image: b}}], {STEPS}}}", ("e", "b", "docker")),
        (f"{{docker: [{{image: b}}], {STEPS}}}", ("b", "docker")),
        (f"{{machine: true, {STEPS}}}", ("machine",)),
        ("{type: no-op}", ()),
    ],
)
def test_the_names_by_which_an_executor_is_chosen(job, names):
    assert compiled(job)[0].executors == names


def test_a_macs_class_that_is_gone_is_warned_of():
    _, place = compiled(f"{{executor: mac, resource_class: m2pro.large, {STEPS}}}")
    assert len(warnings(place)) == 1
