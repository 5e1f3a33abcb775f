"""Which lines of which log are shown."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest

from ci.errors import UsageError
from ci.report.log_excerpt import failed_steps, of_job

from ..record.records import job, node, run, step, workflow

BUILD = job("build", "success", step(1), step(2))
TEST = replace(
    job("test", "failed", step_count=3),
    nodes=(node("test/0", step(1), step(2)), node("test/1", step(1), step(2, "failed"), step(3))),
)
RUN = run(workflow("main", BUILD, TEST, job("deploy", "not_run", reason="skipped because test failed")))


def places(excerpts):
    return [(each.log, each.first, each.end) for each in excerpts]


def test_an_excerpt_has_the_words_that_show_it_again():
    [failed] = failed_steps(RUN)
    [whole, _] = of_job(RUN, "test")
    assert (failed.words, whole.words) == (["test/1", "--step", "2"], ["test/0"])
    assert (places(of_job(RUN, *failed.words[:1], 2)), places(of_job(RUN, *whole.words))) == (
        places([failed]), places([whole]),
    )  # fmt: skip


def test_a_failed_step_is_shown_to_the_beginning_of_the_next():
    [found] = failed_steps(RUN)
    assert (found.log, found.first, found.end) == ("log/test/1.log", 20, 30)
    assert found.title == f"run {RUN.id}, test/1: step 2 of 3 'step 2'"


def test_the_last_step_is_shown_to_the_end_of_the_log():
    record = run(workflow("w", job("a", "failed", step(1), step(2, "failed"))))
    assert places(failed_steps(record)) == [("log/a.log", 20, 0)]


def test_failed_steps_stand_in_the_plans_order():
    record = run(workflow("w", job("b", "failed", step(1, "failed")), job("a", "failed", step(2, "timedout"))))
    assert [each.log for each in failed_steps(record)] == ["log/b.log", "log/a.log"]


def test_a_step_that_failed_in_the_background_fails_nothing():
    quiet = replace(step(1, "failed"), fails_job=False)
    assert failed_steps(run(workflow("w", job("a", "success", quiet)))) == []


def test_a_job_that_failed_beside_its_steps_is_shown_whole_and_one_that_never_began_has_nothing():
    record = run(workflow("w", job("a", "failed", step(1)), job("b", "failed", reason="no image")))
    assert places(failed_steps(record)) == [("log/a.log", 1, 0)]


def test_of_a_job_that_has_not_ended_the_logs_of_its_nodes_are_shown():
    nodes = (node("b/0"), node("b/1"))
    record = run(workflow("w", job("a", "success", step(1)), replace(job("b", "running"), nodes=nodes)))
    assert places(failed_steps(record)) == [("log/b/0.log", 1, 0), ("log/b/1.log", 1, 0)]
    assert [each.failed for each in failed_steps(record)] == [False, False]


@pytest.mark.parametrize("name", ["test", "main/test"])
def test_a_job_is_shown_with_all_of_its_nodes(name):
    assert places(of_job(RUN, name)) == [("log/test/0.log", 1, 0), ("log/test/1.log", 1, 0)]


@pytest.mark.parametrize("name", ["test/1", "main/test/1"])
def test_a_node_is_shown_by_its_label(name):
    assert places(of_job(RUN, name)) == [("log/test/1.log", 1, 0)]


def test_the_instances_of_a_matrix_are_shown_by_their_sessions_name():
    instances = [replace(job(f"a-{number}", "success", step(1)), session="a", source_job="a") for number in (1, 2)]
    assert places(of_job(run(workflow("w", *instances)), "a")) == [("log/a-1.log", 1, 0), ("log/a-2.log", 1, 0)]


def test_jobs_of_one_name_in_two_workflows_are_told_apart_by_the_workflows():
    record = run(workflow("setup", job("a", "success", step(1))), workflow("main", job("a", "success", step(2))))
    assert [each.title for each in of_job(record, "a")] == [f"run {record.id}, setup/a", f"run {record.id}, main/a"]
    assert len(of_job(record, "main/a")) == 1


def test_a_step_is_shown_by_its_number_in_each_node():
    assert places(of_job(RUN, "test", 2)) == [("log/test/0.log", 20, 0), ("log/test/1.log", 20, 30)]
    assert places(of_job(RUN, "test", 3)) == [("log/test/1.log", 30, 0)]


@pytest.mark.parametrize(
    ("name", "number", "message"),
    [
        ("tset", 0, "has no job 'tset'\n    Did you mean 'test'"),
        ("test", 4, "has run no step 4\n    Its steps that ran have the numbers up to 3"),
        ("deploy", 0, "job 'deploy' of run .* has no log: skipped because test failed"),
    ],
)
def test_what_is_not_there_is_an_error_that_says_what_is(name, number, message):
    with pytest.raises(UsageError) as raised:
        of_job(RUN, name, number)
    assert re.search(message, str(raised.value))
