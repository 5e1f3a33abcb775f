"""Jobs of a matrix stand in one row where all that is drawn of them is the same."""

from __future__ import annotations

from ci.dataclass import replace
from ci.workflow.job_instances import Need
from ci.workflow.job_rows import job_rows

from ..run.runs import instance


def of_matrix(job, version, *needs, **keys):
    made = instance(f"{job}-{version}", *needs, **keys)
    return replace(made, session=job, matrix=(("version", version), ("os", "linux")))


def names(*instances, facts=None):
    return [row.name for row in job_rows(instances, facts)]


BUILDS = [of_matrix("build", version) for version in ("3.9", "3.11")]


def test_a_row_names_the_values_that_differ():
    assert names(*BUILDS, instance("lint")) == ["build (3.9, 3.11)", "lint"]


def test_values_of_several_parameters_stand_together():
    mixed = [replace(each, matrix=(("v", each.matrix[0][1]), ("os", os))) for each in BUILDS for os in ("a", "b")]
    mixed = [replace(each, name=f"{each.name}-{number}") for number, each in enumerate(mixed)]
    assert names(*mixed) == ["build (3.9, 3.11 x a, b)"]
    assert names(*mixed[:3]) == ["build (3.9/a, 3.9/b, 3.11/a)"]


def test_rows_require_rows():
    tests = [of_matrix("test", version, f"build-{version}") for version in ("3.9", "3.11")]
    rows = job_rows([*BUILDS, *tests, instance("end", "test-3.9", "test-3.11")])
    assert [(row.name, row.needs) for row in rows] == [
        ("build (3.9, 3.11)", ()),
        ("test (3.9, 3.11)", (("build (3.9, 3.11)", ("success",)),)),
        ("end", (("test (3.9, 3.11)", ("success",)),)),
    ]


def test_what_requires_something_else_stands_alone_and_so_does_what_requires_it():
    builds = [BUILDS[0], replace(BUILDS[1], needs=(Need("lint"),))]
    tests = [of_matrix("test", version, f"build-{version}") for version in ("3.9", "3.11")]
    assert names(instance("lint"), *builds, *tests) == ["lint", "build-3.9", "build-3.11", "test-3.9", "test-3.11"]


def test_another_status_that_lets_it_start_stands_alone():
    tests = [of_matrix("test", version, "lint") for version in ("3.9", "3.11")]
    tests[1] = replace(tests[1], needs=(Need("lint", ("failed",)),))
    assert names(instance("lint"), *tests) == ["lint", "test-3.9", "test-3.11"]


def test_what_has_other_facts_stands_alone():
    assert names(*BUILDS, facts={"build-3.9": "runs", "build-3.11": "left out"}) == ["build-3.9", "build-3.11"]
    assert names(BUILDS[0], replace(BUILDS[1], filtered="for main alone")) == ["build-3.9", "build-3.11"]


def test_of_many_values_the_first_are_named_and_all_are_counted():
    many = [of_matrix("build", str(number)) for number in range(12)]
    assert names(*many) == ["build (0, 1, 2, 3, 4, ... 12 in all)"]


def test_jobs_without_a_matrix_that_share_a_session_stand_alone():
    assert names(replace(instance("a"), session="s"), replace(instance("b"), session="s")) == ["a", "b"]


def test_a_row_has_its_session_as_a_short_name_unless_another_row_has_it():
    lone = of_matrix("build", "3.13", "lint")
    assert [row.short for row in job_rows(BUILDS)] == ["build"]
    assert [row.short for row in job_rows([instance("lint"), *BUILDS, lone])] == ["lint", "build", "build-3.13"]
    assert [row.short for row in job_rows([*BUILDS, instance("build")])] == ["build (3.9, 3.11)", "build"]
