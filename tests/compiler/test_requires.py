"""``requires``: what a job waits for, and what filters make of it.

https://circleci.com/docs/reference/configuration-reference/#requires: names, statuses, ``terminal``. Guide "Using
matrix jobs": an alias, by default the job's name, stands for all jobs of its matrix. Guide "Using workflows": a job
that filters take out is waited for by nobody, and takes those with it that require only such jobs.
"""

import pytest

from ci.compiler.definitions import BROKEN
from ci.compiler.diagnostics import Diagnostics
from ci.compiler.instances import InstanceDraft, Wanted
from ci.compiler.requires import ANY_NAME, drop_removed, read, report_cycles, resolve, written
from ci.errors import ConfigError, Position
from ci.source.limits import LIMITS
from ci.source.nodes import ListNode, Scalar

from .snippets import FILE, KEY, at, map_node, node, plain, problems

ALL = ("success", "failed", "canceled", "unauthorized", "not_run")
NO_STATUS = f"is not a status that a job can end with (one of {', '.join(ALL)}, or terminal alone)"
SHAPE = "an entry of requires is a name, or a map from one name to its statuses"


def wanted(text):
    """Return names and statuses of a ``requires`` list, and what is reported of it."""
    diagnostics = Diagnostics(FILE)
    found = read(node(text) if text else None, diagnostics)
    return [(each.name, each.statuses) for each in found], problems(diagnostics)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (None, []),
        ("null", []),
        ("[]", []),
        ("[a]", [("a", ("success",))]),
        ("[a, b]", [("a", ("success",)), ("b", ("success",))]),
        ("[{a: failed}]", [("a", ("failed",))]),
        ("[{a: [failed]}]", [("a", ("failed",))]),
        ("[{a: [success, failed]}]", [("a", ("success", "failed"))]),
        (
            "[{a: [not_run, canceled, unauthorized]}, b]",
            [("a", ("canceled", "unauthorized", "not_run")), ("b", ("success",))],
        ),
        ("[{a: terminal}]", [("a", ALL)]),
        (
            "[7, 1.5, true, off]",
            [("7", ("success",)), ("1.5", ("success",)), ("true", ("success",)), ("false", ("success",))],
        ),
    ],
)
def test_an_entry_is_a_name_for_success_or_a_name_with_statuses(text, expected):
    assert wanted(text) == (expected, [])


@pytest.mark.parametrize(
    ("text", "piece", "message"),
    [
        ("a", "a", "requires must be a list of names (write it as a list: [name])"),
        ("{a: failed}", "{a", "requires must be a list of names (write it as a list: [name])"),
        ("[null]", "null", SHAPE),
        ("[[a]]", "[a]", SHAPE),
        ("[{}]", "{}", SHAPE),
        ("[{a: failed, b: failed}]", "{a", SHAPE),
        ("[{a: []}]", "[]", f"the list of statuses is empty (one of {', '.join(ALL)})"),
        ("[{a: done}]", "done", f"'done' {NO_STATUS}"),
        ("[{a: [terminal]}]", "terminal", f"'terminal' {NO_STATUS}"),
        ("[{a: null}]", "null", f"null {NO_STATUS}"),
        ("[{a: [[x]]}]", "[x]", f"a list {NO_STATUS}"),
        ("[{a: {b: c}}]", "{b", f"a map {NO_STATUS}"),
        ("[{a: [true]}]", "true", f"true {NO_STATUS}"),
    ],
)
def test_what_is_neither_is_refused(text, piece, message):
    assert wanted(text) == ([], [at(text, piece, message)])


def test_a_wrong_entry_leaves_the_others():
    text = "[a, [b], {c: failed}]"
    assert wanted(text) == ([("a", ("success",)), ("c", ("failed",))], [at(text, "[b]", SHAPE)])


def test_of_a_list_with_a_wrong_status_the_others_hold():
    text = "[{a: [failed, done, success]}]"
    found, reported = wanted(text)
    assert found == [("a", ("success", "failed"))]
    assert [each[: each.index(":")] for each in reported] == [str(text.index("done") + 1)]


def test_what_was_reported_before_is_not_reported_again():
    for entries in (BROKEN, ListNode([BROKEN], FILE, 1, 1)):
        diagnostics = Diagnostics(FILE)
        assert read(entries, diagnostics) == []
        assert problems(diagnostics) == []
    statuses = map_node("{a: [failed]}")
    statuses.entries["a"][1].items.append(BROKEN)
    diagnostics = Diagnostics(FILE)
    [entry] = read(ListNode([statuses], FILE, 1, 1), diagnostics)
    assert entry.statuses == ("failed",)
    assert problems(diagnostics) == []


def test_an_entry_keeps_its_place_and_its_statuses_for_the_compiled_config():
    bare, with_statuses = read(node("[a, {b: [failed, success]}]"), Diagnostics(FILE))
    assert (bare.place.value, bare.place.column, bare.status_node) == ("a", len(KEY) + 2, None)
    assert (with_statuses.place.value, with_statuses.place.column) == ("b", len(KEY) + 6)
    assert plain(with_statuses.status_node) == ["failed", "success"]


def draft(name, *requires, **attributes):
    """Return an instance that requires others by name; the column of each is its place in the list, from 1."""
    needs = [Wanted(each, ("success",), Scalar(each, FILE, 1, len(KEY) + at)) for at, each in enumerate(requires, 1)]
    return InstanceDraft(name, name, "job", name, Position(FILE, 1, 1), wanted=needs, **attributes)


def resolved(*drafts, excused=()):
    """Return for each instance the names that it waits for, and what is reported."""
    diagnostics = Diagnostics(FILE)
    resolve("w", list(drafts), set(excused), diagnostics)
    return {each.name: [parent.name for parent, _ in each.requires] for each in drafts}, problems(diagnostics)


def test_a_name_is_that_of_a_job_of_the_workflow():
    names, reported = resolved(draft("c", "a", "b"), draft("a"), draft("b", "a"))
    assert names == {"c": ["a", "b"], "a": [], "b": ["a"]}
    assert reported == []


def test_an_instance_keeps_what_it_wanted_of_each_parent():
    child = draft("c", "a", "b")
    resolve("w", [child, draft("a"), draft("b")], set(), Diagnostics(FILE))
    assert [need.name for _, need in child.requires] == ["a", "b"]


def test_a_job_that_is_required_twice_is_waited_for_once():
    assert resolved(draft("b", "a", "a"), draft("a")) == ({"b": ["a"], "a": []}, [])


def matrix(job, *values, alias="", workflow_job=None, group=""):
    """Return the instances of one workflow_job with a matrix."""
    workflow_job = workflow_job or object()
    drafts = [draft(f"{job}-{value}", workflow_job=workflow_job, group=group) for value in values]
    for each in drafts:
        each.alias, each.own_alias = alias or job, bool(alias)
    return drafts


def test_an_alias_stands_for_all_jobs_of_its_matrix_and_a_name_for_one():
    names, reported = resolved(draft("all", "t"), draft("one", "t-2"), draft("both", "t-1", "t"), *matrix("t", 1, 2))
    assert names == {"all": ["t-1", "t-2"], "one": ["t-2"], "both": ["t-1", "t-2"], "t-1": [], "t-2": []}
    assert reported == []


def test_a_written_alias_replaces_the_jobs_name():
    names, reported = resolved(draft("z", "mine"), *matrix("t", 1, 2, alias="mine"))
    assert names["z"] == ["t-1", "t-2"]
    assert reported == []
    names, reported = resolved(draft("z", "t"), *matrix("t", 1, 2, alias="mine"))
    assert names["z"] == []
    assert reported == [
        "1: Job 'z' requires 't', which is the name of 0 other jobs in workflow 'w' (there are: mine, t-1, t-2, z)"
    ]


def test_an_unknown_name_is_reported_with_a_near_one_or_all_that_there_are():
    text = "1: Job 'b' requires '{}', which is the name of 0 other jobs in workflow 'w' ({})"
    assert resolved(draft("b", "biuld"), draft("build"))[1] == [text.format("biuld", "did you mean 'build'?")]
    assert resolved(draft("b", "xyz"), draft("build"))[1] == [text.format("xyz", "there are: b, build")]


def test_each_unknown_name_is_reported_and_the_others_are_resolved():
    names, reported = resolved(draft("b", "x1", "a", "x2"), draft("a"))
    assert names["b"] == ["a"]
    assert [each.partition(" (")[0] for each in reported] == [
        "1: Job 'b' requires 'x1', which is the name of 0 other jobs in workflow 'w'",
        "3: Job 'b' requires 'x2', which is the name of 0 other jobs in workflow 'w'",
    ]


OWN_NAME = "give each of them a name of its own with the name key"


@pytest.mark.parametrize(
    ("drafts", "count"),
    [
        ([draft("a"), draft("a")], 2),
        ([draft("a"), draft("a"), draft("a")], 3),
        ([*matrix("a", 1, 2), *matrix("a", 3)], 2),
        ([draft("a"), *matrix("t", 1, 2, alias="a")], 2),
    ],
)
def test_a_name_of_several_things_is_reported_with_their_number(drafts, count):
    text = f"1: Job 'z' requires 'a', which is the name of {count} other jobs in workflow 'w' ({OWN_NAME})"
    names, reported = resolved(draft("z", "a"), *drafts)
    assert reported == [text]
    assert names["z"] == []


def test_a_job_of_that_name_comes_before_an_alias_that_only_defaults_to_it():
    names, reported = resolved(draft("z", "a"), draft("a"), *matrix("a", 1, 2))
    assert names["z"] == ["a"]
    assert reported == []


def test_a_written_alias_that_is_the_name_of_its_only_job_is_one_thing():
    only = draft("a", alias="a", own_alias=True, workflow_job=object())
    assert resolved(draft("z", "a"), only) == ({"z": ["a"], "a": []}, [])


@pytest.mark.parametrize("excused", ["x", ANY_NAME])
def test_names_of_what_was_reported_before_are_not_reported_again(excused):
    names, reported = resolved(draft("b", "x", "a"), draft("a"), excused=[excused])
    assert names["b"] == ["a"]
    assert reported == []
    assert len(resolved(draft("b", "x"), excused=["y"])[1]) == 1


def test_a_job_group_sees_its_own_jobs_alone():
    inner = [draft("g/a", group="g", local="a"), draft("g/b", "a", group="g", local="b")]
    names, reported = resolved(*inner, draft("a"))
    assert names["g/b"] == ["g/a"]
    assert reported == []
    assert len(resolved(*inner, draft("z", "b"))[1]) == 1
    assert len(resolved(draft("g/b", "a", group="g", local="b"), draft("a"))[1]) == 1


def test_the_jobs_of_a_workflow_require_a_million_others_at_most(monkeypatch):
    monkeypatch.setattr("ci.compiler.requires.LIMITS", type("Few", (), {"requirements": 4}))
    assert LIMITS.requirements == 1_000_000
    resolved(draft("z", "t"), draft("y", "t"), *matrix("t", 1, 2))
    with pytest.raises(ConfigError) as refusal:
        resolved(draft("z", "t"), draft("y", "t-1", "t"), *matrix("t", 1, 2))
    assert [(each.message, each.position.column - len(KEY)) for each in refusal.value.problems] == [
        ("the jobs of a workflow require more than 4 others", 2)
    ]


def cycles(*drafts):
    """Return what is reported of the circles in which instances wait for each other."""
    diagnostics = Diagnostics(FILE)
    resolve("w", list(drafts), set(), diagnostics)
    report_cycles(list(drafts), diagnostics)
    return problems(diagnostics)


@pytest.mark.parametrize(
    ("drafts", "chain"),
    [
        ([("a", "a")], "a -> a"),
        ([("a", "b"), ("b", "a")], "a -> b -> a"),
        ([("a", "b"), ("b", "c"), ("c", "a")], "a -> b -> c -> a"),
        ([("x", "a"), ("a", "b"), ("b", "a")], "a -> b -> a"),
        ([("x",), ("a", "x", "b"), ("b", "x", "a")], "a -> b -> a"),
    ],
)
def test_a_circle_is_reported_once_with_the_jobs_on_it(drafts, chain):
    job = chain.partition(" ")[0]
    [found] = cycles(*(draft(*each) for each in drafts))
    assert found.partition(": ")[2] == f"The job `{job}` is part of a cycle: {chain} (a job cannot wait for itself)"


def test_a_circle_is_reported_at_the_entry_that_closes_it():
    [found] = cycles(draft("x"), draft("a", "b"), draft("b", "x", "a"))
    assert found.startswith("2: ")


def test_each_of_two_circles_is_reported():
    found = cycles(draft("a", "b"), draft("b", "a"), draft("c", "x", "d"), draft("d", "c"), draft("x", "x"))
    assert sorted(each.split("`")[1] for each in found) == ["a", "c", "x"]


def test_a_long_circle_shows_its_first_nine_jobs():
    names = [f"j{number}" for number in range(12)]
    [found] = cycles(*(draft(name, names[(at + 1) % 12]) for at, name in enumerate(names)))
    chain = " -> ".join([*names[:9], "(3 more)", "j0"])
    assert found.partition(": ")[2] == f"The job `j0` is part of a cycle: {chain} (a job cannot wait for itself)"
    [found] = cycles(*(draft(name, names[(at + 1) % 11]) for at, name in enumerate(names[:11])))
    assert f"cycle: {' -> '.join([*names[:9], '(2 more)', 'j0'])} (" in found
    [found] = cycles(*(draft(name, names[(at + 1) % 10]) for at, name in enumerate(names[:10])))
    assert f"cycle: {' -> '.join([*names[:10], 'j0'])} (" in found


def test_a_job_that_is_required_on_two_ways_is_no_circle():
    assert cycles(draft("d", "b", "c"), draft("b", "a"), draft("c", "a"), draft("a")) == []


def ladder(count):
    """Return jobs of which each two require the next two: 2 ** count ways lead from the first to the last."""
    drafts = []
    for number in range(count):
        drafts += [draft(f"{side}{number}", f"a{number + 1}", f"b{number + 1}") for side in "ab"]
    return [*drafts, draft(f"a{count}"), draft(f"b{count}")]


def test_each_job_is_looked_at_once_however_many_ways_lead_to_it():
    drafts = ladder(60)
    resolve("w", drafts, set(), Diagnostics(FILE))
    report_cycles(drafts, Diagnostics(FILE))
    drop_removed(drafts)
    assert not any(each.removed for each in drafts)


def many_problems():
    """Return diagnostics with as many problems as may look for a hint."""
    diagnostics = Diagnostics(FILE)
    for number in range(200):
        diagnostics.error(None, f"problem {number}")
    return diagnostics


def test_behind_the_first_problems_an_unknown_name_has_no_hint():
    diagnostics = many_problems()
    resolve("w", [draft("b", "x")], set(), diagnostics)
    assert "1: Job 'b' requires 'x', which is the name of 0 other jobs in workflow 'w'" in problems(diagnostics)


def test_behind_the_first_problems_a_circle_is_only_counted():
    diagnostics = many_problems()
    drafts = [draft("a", "b"), draft("b", "a")]
    resolve("w", drafts, set(), diagnostics)
    report_cycles(drafts, diagnostics)
    assert "1: The job `a` is part of a cycle" in problems(diagnostics)


def dropped(*drafts):
    """Return the names that are taken out, those that do not run here, and what the others wait for."""
    resolve("w", list(drafts), set(), Diagnostics(FILE))
    drop_removed(list(drafts))
    return (
        {each.name for each in drafts if each.removed},
        {each.name: each.filtered for each in drafts if each.filtered},
        {each.name: [parent.name for parent, _ in each.requires] for each in drafts if not each.removed},
    )


CHAIN = "all the jobs that it requires are filtered out"


def test_a_job_without_filters_keeps_what_it_requires():
    assert dropped(draft("b", "a"), draft("a")) == (set(), {}, {"b": ["a"], "a": []})


def test_of_two_required_jobs_one_that_is_taken_out_is_not_waited_for():
    removed, filtered, waits = dropped(draft("c", "a", "b"), draft("a", removed=True), draft("b"))
    assert (removed, filtered, waits) == ({"a"}, {}, {"c": ["b"], "b": []})


def test_a_job_goes_with_all_that_it_requires_and_so_do_those_behind_it():
    for drafts in (
        (draft("a", removed=True), draft("b", "a"), draft("c", "b"), draft("d", "c")),
        (draft("d", "c"), draft("c", "b"), draft("b", "a"), draft("a", removed=True)),
    ):
        removed, filtered, waits = dropped(*drafts)
        assert (removed, filtered, waits) == ({"a", "b", "c", "d"}, {}, {})


def test_what_this_branch_keeps_from_running_stays_with_its_requirements():
    removed, filtered, waits = dropped(draft("c", "b"), draft("b", "a"), draft("a", filtered="not here"))
    assert (removed, filtered) == (set(), {"a": "not here", "b": CHAIN, "c": CHAIN})
    assert waits == {"c": ["b"], "b": ["a"], "a": []}


def test_one_required_job_that_runs_keeps_a_job_running():
    removed, filtered, _ = dropped(draft("c", "a", "b"), draft("a", filtered="not here"), draft("b"))
    assert (removed, filtered) == (set(), {"a": "not here"})


def test_a_jobs_own_reason_stays():
    _, filtered, _ = dropped(draft("b", "a", filtered="its own"), draft("a", filtered="not here"))
    assert filtered == {"a": "not here", "b": "its own"}


def test_a_removed_and_a_filtered_parent_leave_a_job_that_is_written_and_waits_for_the_one_that_is():
    drafts = (draft("c", "a", "b"), draft("a", removed=True), draft("b", filtered="not here"))
    removed, filtered, waits = dropped(*drafts)
    assert removed == {"a"}
    assert waits == {"c": ["b"], "b": []}
    assert "b" in filtered


def test_the_compiled_list_has_final_names_and_statuses_as_they_were_written():
    diagnostics = Diagnostics(FILE)
    child = draft("c")
    text = "[a, {b: [failed, success]}, {d: terminal}]"
    child.wanted = read(node(text), diagnostics)
    parents = [draft("a"), draft("b"), draft("d")]
    resolve("w", [child, *parents], set(), diagnostics)
    for parent in parents:
        parent.final = f"{parent.name}-1"
    found = written(child)
    assert [each.plain for each in found] == ["a-1", {"b-1": ["failed", "success"]}, {"d-1": "terminal"}]
    assert {(each.file, each.line) for each in found} == {(FILE, 1)}
    assert [each.column - len(KEY) for each in found] == [text.index(name) + 1 for name in ("a", "b", "d: ")]
    assert found[0].position == child.wanted[0].place.position
    assert found[1].entries["b-1"][0].position == child.wanted[1].place.position
    assert written(parents[0]) == []
