"""Job groups: their jobs inlined between boundary jobs.

Guide "Controlling serial execution across your organization", "Job groups" and "How job group expansion works": the
entry job has the invocation's requires and filters, root jobs wait for it, the exit job waits for the leaves; with a
serial group an unlock runs whatever happened. What is refused is that guide's list of compile errors.
"""

import pytest

from ci.compiler.define import define
from ci.compiler.job_groups import expand_group, link, read_groups
from ci.compiler.requires import resolve
from ci.compiler.workflow_jobs import read_workflow_job
from ci.workflow.job_instances import STATUSES

from .snippets import at, map_node, node, plain, problems, scope

JOBS = "jobs: {a: {machine: true, steps: [checkout]}, b: {machine: true, steps: [checkout]}}"
GROUP = "[a, {b: {requires: [a]}}]"


def groups(definitions):
    """Return the groups of a config, and what is reported."""
    place = scope({"git.branch": "main", "git.tag": ""})
    root = map_node(f"{{{JOBS}, job-groups: {definitions}}}")
    define(root, place.definitions, place.compilation.diagnostics)
    return read_groups(root, place), place


def expanded(invocation, jobs=GROUP):
    """Return a group's instances, connected, and what is reported."""
    found, place = groups(f"{{g: {{jobs: {jobs}}}}}")
    entry = read_workflow_job(node(invocation), place.compilation.diagnostics)
    group = expand_group(entry, found["g"], place)
    resolve("w", group.drafts, set(), place.compilation.diagnostics)
    link(group)
    return group, problems(place)


def waits(group):
    return {each.name: [parent.name for parent, _ in each.requires] for each in group.drafts}


@pytest.mark.parametrize("definitions", ["null", "{}"])
def test_a_config_may_define_no_group(definitions):
    found, place = groups(definitions)
    assert (found, problems(place)) == ({}, [])
    assert read_groups(map_node(f"{{{JOBS}}}"), place) == {}


def test_a_group_is_a_list_of_entries():
    found, place = groups(f"{{g: {{jobs: {GROUP}}}, h: {{jobs: [b]}}}}")
    assert problems(place) == []
    assert {name: [entry.job for entry in members] for name, members in found.items()} == {"g": ["a", "b"], "h": ["b"]}


@pytest.mark.parametrize(
    ("definitions", "piece", "message", "hint"),
    [
        ("[g]", "[g]", "job-groups must be a map from names to definitions", ""),
        ("{g: {}}", "g: {", "job group 'g' needs a list of jobs", ""),
        ("{g: {jobs: []}}", "[]", "job group 'g' needs a list of jobs", ""),
        ("{g: {jobs: a}}", "a}}", "job group 'g' needs a list of jobs", ""),
        ("{g: [a]}", "g: [", "job group 'g' needs a list of jobs", ""),
        ("{a: {jobs: [b]}}", "a: {", "'a' is in jobs and in job-groups", "rename one of the two"),
        ("{1g: {jobs: [b]}}", "1g", r"string [1g] does not match pattern ^[A-Za-z][A-Za-z\s\d_-]*$", ""),
        (
            "{g: {jobs: [b], parameters: {}}}",
            "parameters",
            "extraneous key [parameters] is not permitted in job group 'g'",
            "Permitted keys: jobs",
        ),
        (
            "{g: {jobs: [b, h]}, h: {jobs: [b]}}",
            "h]",
            "job group 'h' cannot be part of group 'g'",
            "groups do not nest",
        ),
        (
            "{g: {jobs: [{b: {serial-group: s}}]}}",
            "serial-group",
            "a job inside a job group has no serial-group",
            "write it in the group's invocation",
        ),
    ],
)
def test_a_wrong_definition_is_reported(definitions, piece, message, hint):
    _, place = groups(definitions)
    found = problems(place)
    start = len(f"{{{JOBS}, job-groups: ")
    assert found == [f"{start + definitions.index(piece) + 1}: {message}{f' ({hint})' if hint else ''}"]


@pytest.mark.parametrize(
    ("invocation", "piece", "message", "hint"),
    [
        *(
            (f"{{g: {{{key}: x}}}}", key, f"the invocation of job group 'g' cannot have {key}", "")
            for key in ("matrix", "override-with", "context", "pre-steps", "post-steps", "type")
        ),
        ("{g: {v: x}}", "v", "Unexpected argument(s): v", "a job group has no parameters"),
    ],
)
def test_an_invocation_has_a_name_requires_filters_and_a_serial_group_alone(invocation, piece, message, hint):
    assert expanded(invocation)[1] == [at(invocation, piece, message, hint)]


def test_roots_wait_for_the_entry_job_and_the_exit_job_for_the_leaves():
    group, reported = expanded("g")
    assert reported == []
    assert waits(group) == {"g-group-start": [], "a": ["g-group-start"], "b": ["a"], "g-group-end": ["b"]}
    assert [each.kind for each in group.drafts] == ["no-op", "build", "build", "no-op"]
    assert [plain(each.compiled.node) for each in (group.start, group.end)] == [{"type": "no-op"}] * 2


def test_every_leaf_is_waited_for_with_success():
    group, _ = expanded("g", "[a, b]")
    assert waits(group)["g-group-end"] == ["a", "b"]
    assert {wanted.statuses for _, wanted in group.end.requires} == {("success",)}


def test_the_invocations_requires_and_filters_are_the_entry_jobs():
    group, reported = expanded("{g: {filters: {branches: {only: dev}}, requires: []}}")
    assert reported == []
    assert plain(group.start.attributes["filters"]) == {"branches": {"only": "dev"}}
    assert group.start.filtered
    assert not any(each.filtered for each in (*group.inner, group.end))
    found, place = groups(f"{{g: {{jobs: {GROUP}}}}}")
    entry = read_workflow_job(node("{g: {requires: [x, {y: failed}]}}"), place.compilation.diagnostics)
    start = expand_group(entry, found["g"], place).start
    assert [(each.name, each.statuses) for each in start.wanted] == [("x", ("success",)), ("y", ("failed",))]


def test_a_name_of_its_own_stands_before_the_names_of_its_jobs():
    group, reported = expanded("{g: {name: first}}")
    assert reported == []
    assert [each.name for each in group.drafts] == ["first-group-start", "first-a", "first-b", "first-group-end"]
    assert waits(group)["first-b"] == ["first-a"]
    assert {each.group for each in group.inner} == {"first"}


def test_others_require_the_group_by_its_name_and_mean_its_exit_job():
    group, _ = expanded("g")
    assert (group.end.alias, group.end.own_alias) == ("g", True)
    assert expanded("{g: {name: first}}")[0].end.alias == "first"


def test_a_serial_group_locks_at_the_entry_and_unlocks_whatever_happened():
    group, reported = expanded("{g: {serial-group: s}}")
    assert reported == []
    assert [each.name for each in group.drafts] == ["g-lock", "a", "b", "g-group-end", "g-unlock"]
    assert (group.start.kind, group.start.serial_group) == ("lock", "s")
    assert plain(group.start.compiled.node) == {"type": "lock", "key": "s"}
    assert plain(group.unlock.compiled.node) == {"type": "unlock", "key": "s"}
    [(parent, wanted)] = group.unlock.requires
    assert (parent.name, wanted.statuses, plain(wanted.status_node)) == ("g-group-end", STATUSES, "terminal")
    assert expanded("g")[0].unlock is None
