"""Workflows: which are active, and how their jobs are put together.

https://circleci.com/docs/reference/configuration-reference/#workflows: ``when`` or ``unless``, ``triggers``,
``max_auto_reruns``; #jobs-in-workflow. An inactive workflow is not looked into.
"""

import pytest

from ci.compiler.define import define
from ci.compiler.instances import assign_names
from ci.compiler.job_groups import read_groups
from ci.compiler.workflows import read_workflow

from .snippets import map_node, plain, problems, scope, warnings

JOBS = "jobs: {a: {machine: true, steps: [checkout]}, b: {machine: true, steps: [checkout]}}"
GROUPS = "job-groups: {g: {jobs: [a]}}"


def read(text, **values):
    """Return a workflow, and the scope to ask for problems."""
    place = scope({"git.branch": "main", "git.tag": "", **values})
    root = map_node(f"{{{JOBS}, {GROUPS}}}")
    define(root, place.definitions, place.compilation.diagnostics)
    body = map_node(f"{{w: {text}}}")
    key, node = body.entries["w"]
    return read_workflow(key, "w", node, read_groups(root, place), place), place


def workflow(text, **values):
    found, place = read(text, **values)
    assert problems(place) == []
    return found


def refused(text):
    return problems(read(text)[1])


def compiled(text):
    """Return the jobs of a compiled workflow."""
    found = workflow(text)
    assign_names([found.drafts])
    return plain(found.nodes()["jobs"])


@pytest.mark.parametrize(
    ("condition", "active"),
    [
        ("when: true", True),
        ("when: false", False),
        ("when: ''", False),
        ("when: null", False),
        ("when: 'pipeline.git.branch == \"main\"'", True),
        ("when: 'pipeline.git.branch == \"dev\"'", False),
        ("when: {equal: [main, << pipeline.git.branch >>]}", True),
        ("unless: false", True),
        ("unless: true", False),
        ("unless: {equal: [dev, << pipeline.git.branch >>]}", True),
    ],
)
def test_a_workflow_is_active_if_its_when_is_true_or_its_unless_false(condition, active):
    found = workflow(f"{{{condition}, jobs: [a]}}")
    assert found.workflow().active is active
    assert [each.name for each in found.drafts] == (["a"] if active else [])


def test_the_reason_names_the_condition_and_its_place():
    assert workflow("{when: false, jobs: [a]}").inactive_because == "its when is false (config.yml:1:10)"
    assert workflow("{unless: true, jobs: [a]}").inactive_because == "its unless is true (config.yml:1:10)"


def test_an_inactive_workflow_is_not_looked_into():
    assert refused("{when: false, jobs: [nothing-such, {a: {requires: [x]}}]}") == []


def test_a_workflow_has_when_or_unless():
    text = "{when: true, unless: true, jobs: [a]}"
    assert refused(text) == [
        f"{4 + text.index('unless') + 1}: a workflow cannot have both when and unless (use not: in one)"
    ]


@pytest.mark.parametrize(
    ("text", "piece", "message"),
    [
        ("[a]", "[a]", "workflow 'w' must be a map with a list of jobs"),
        ("null", "null", "workflow 'w' must be a map with a list of jobs"),
        ("{}", None, "required key [jobs] not found in workflow 'w' (list the jobs that it runs)"),
        ("{jobs: a}", "a}", "jobs must be a list in workflow 'w' (list the jobs that it runs)"),
        ("{jobs: {a: null}}", "{a", "jobs must be a list in workflow 'w' (list the jobs that it runs)"),
        ("{job: [a]}", None, "required key [jobs] not found in workflow 'w' (list the jobs that it runs)"),
        ("{jobs: [a], triggers: a}", "a}", "triggers must be a list of schedules"),
        ("{jobs: [a], triggers: [a]}", "a]}", "a trigger must be a map with the key schedule"),
        (
            "{jobs: [a], triggers: [{schedule: {filters: {branches: {only: x}}}}]}",
            "{filters",
            'required key [cron] not found in schedule (for example cron: "0 0 * * *")',
        ),
        (
            "{jobs: [a], triggers: [{schedule: {cron: '0 0 * * *'}}]}",
            "{cron",
            "required key [filters] with branches not found in schedule (say for which branches)",
        ),
        ("{jobs: [a], max_auto_reruns: 6}", "6", "max_auto_reruns must be an integer from 1 to 5"),
    ],
)
def test_what_is_wrong_with_a_workflow_is_reported(text, piece, message):
    column = 4 + text.index(piece) + 1 if piece else 1 + 1
    assert f"{column}: {message}" in refused(text)


def test_a_key_that_looks_like_a_slip_is_an_error_and_any_other_a_warning():
    text = "{jobs: [a], trigers: []}"
    message = "extraneous key [trigers] is not permitted in workflow 'w' (did you mean 'triggers'?)"
    assert refused(text) == [f"{4 + text.index('trigers') + 1}: {message}"]
    text = "{jobs: [a], owner: me}"
    _, place = read(text)
    assert problems(place) == []
    message = (
        "the key 'owner' means nothing in workflow 'w' (a workflow has jobs, when, unless, triggers, max_auto_reruns)"
    )
    assert warnings(place) == [f"{4 + text.index('owner') + 1}: {message}"]


def test_schedules_and_reruns_are_kept():
    cron = "{schedule: {cron: '0 0 * * *', filters: {branches: {only: main}}}}"
    found = workflow(f"{{jobs: [a], triggers: [{cron}], max_auto_reruns: 3}}")
    assert ([each.cron for each in found.triggers], found.max_auto_reruns) == (["0 0 * * *"], 3)
    assert set(found.nodes()) == {"jobs", "triggers", "max_auto_reruns"}


def test_a_schedule_says_whether_it_is_for_the_current_branch():
    """https://circleci.com/docs/reference/configuration-reference/#schedule-branches"""
    schedules = [f"{{schedule: {{cron: '0 0 * * *', filters: {{branches: {each}}}}}}}" for each in FOR_BRANCHES]
    found = workflow(f"{{jobs: [a], triggers: [{', '.join(schedules)}]}}").triggers
    assert [each.refuses for each in found] == list(FOR_BRANCHES.values())
    assert all(each.filter_at for each in found)


FOR_BRANCHES = {
    "{only: main}": None,
    "{only: [dev, /r.*/]}": "its schedule does not let 'main' run (only: dev, /r.*/)",
    "{ignore: main}": "its schedule does not let 'main' run (ignore: main)",
    "{only: main, ignore: main}": None,
}


@pytest.mark.parametrize(
    ("jobs", "expected"),
    [
        ("[a, b]", ["a", "b"]),
        ("[a, {b: {requires: [a]}}]", ["a", {"b": {"requires": ["a"]}}]),
        ("[{a: {name: x}}, {b: {requires: [x]}}]", ["x", {"b": {"requires": ["x"]}}]),
        ("[a, {b: {requires: [{a: failed}]}}]", ["a", {"b": {"requires": [{"a": "failed"}]}}]),
        ("[{a: {context: c}}]", [{"a": {"context": "c"}}]),
        ("[{h: {type: approval}}, {a: {requires: [h]}}]", [{"h": {"type": "approval"}}, {"a": {"requires": ["h"]}}]),
        ("[{a: {filters: pipeline.git.tag}}, {b: {requires: [a]}}]", []),
        ("[{a: {filters: pipeline.git.tag}}, b]", ["b"]),
        ("[{a: {filters: {branches: {only: x}}}}]", [{"a": {"filters": {"branches": {"only": "x"}}}}]),
        ("[a, {b: {requires: []}}]", ["a", "b"]),
    ],
)
def test_an_entry_keeps_what_the_runner_needs_and_is_its_bare_name_else(jobs, expected):
    assert compiled(f"{{jobs: {jobs}}}") == expected


def test_a_group_is_inlined_and_required_by_its_name():
    found = compiled("{jobs: [g, {b: {requires: [g]}}]}")
    assert found == [
        "g-group-start",
        {"a": {"requires": ["g-group-start"]}},
        {"g-group-end": {"requires": ["a"]}},
        {"b": {"requires": ["g-group-end"]}},
    ]


def test_a_group_that_is_invoked_twice_needs_names():
    text = "{jobs: [g, g]}"
    message = "job group 'g' is invoked more than once in the workflow (give each invocation a name of its own)"
    assert f"{4 + text.rindex('g') + 1}: {message}" in refused(text)
    assert refused("{jobs: [g, {g: {name: second}}]}") == []


def test_names_of_a_wrong_entry_are_not_missed_by_those_that_require_it():
    assert len(refused("{jobs: [{a: {x: 1}}, {b: {requires: [a]}}]}")) == 1
    assert len(refused("{jobs: [{a: {name: n, x: 1}}, {b: {requires: [n]}}]}")) == 1
    assert len(refused("{jobs: [{a: {name: << nothing >>}}, {b: {requires: [any]}}]}")) == 1
    assert len(refused("{jobs: [{a: {name: n, x: 1}}, {b: {requires: [other]}}]}")) == 2


def test_circles_are_reported():
    found = refused("{jobs: [{a: {requires: [b]}}, {b: {requires: [a]}}]}")
    assert len(found) == 1
    assert "is part of a cycle" in found[0]


def test_a_finished_workflow_has_its_instances():
    found = workflow("{jobs: [a, {b: {requires: [a]}}]}")
    assign_names([found.drafts])
    made = found.workflow()
    assert [(each.name, [need.name for need in each.needs]) for each in made.instances] == [("a", []), ("b", ["a"])]
    assert made.instance("b").name == "b"
    with pytest.raises(KeyError):
        made.instance("c")
