"""What a page says of a run, from its record, its output and its tests."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from ci.errors import Position
from ci.events import Fidelity, TestCounts
from ci.page.build_page import PageSources, build_page
from ci.page.kept_tests import KeptTest
from ci.page.render import render
from ci.page.sections import HiddenLines
from ci.page.step_outputs import read_outputs
from ci.record.run_record import JobRecord, NodeRecord, RunRecord, StepRecord, WorkflowRecord
from ci.workflow.job_instances import Need

PLACE = Position("config.yml", 7, 9)
EMULATED = Fidelity("emulated", ("images are not used",))


def step(number=1, name="Test", status="success", **more):
    return StepRecord(number, name, PLACE, 100.0 + number, status=status, seconds=1.0, line=3, **more)


def node(label, *steps, **more):
    return NodeRecord(label, 100.0, "host", "cimg/base", f"log/{label}.log", steps, **more)


def job(name, status="success", nodes=(), needs=(), seconds=2.0, **more):
    return JobRecord(
        name,
        "build",
        name,
        name,
        PLACE,
        executors=("cimg/base",),
        needs=tuple(map(Need, needs)),
        status=status,
        seconds=seconds,
        nodes=nodes,
        **{"fidelity": EMULATED if nodes else None, **more},
    )


def failing(label="test", **more):
    return node(label, step(), step(2, "Break", "failed", **{"exit_status": 3, "fails_job": True, **more}))


def record(*workflows, **more):
    first = {
        "id": "20260101-000000-abcdef",
        "package": "1.0",
        "started": 100.0,
        "project": "/p",
        "config": "config.yml",
    }
    return RunRecord(**{**first, "result": "failed", "seconds": 9.0, "workflows": workflows, **more})


def workflow(*jobs, name="w", **more):
    return WorkflowRecord(name, PLACE, "host", "it was asked for", jobs=jobs, result="failed", **more)


def page(run, output=(), tests=(), history=(), folder=Path("/nowhere")):
    events = [{"event": "run.start"}]
    events += [{"event": "output", "job": label, "step": number, "text": text} for label, number, text in output]
    found = read_outputs(json.dumps(each).encode() for each in events)
    outputs = [*found, *read_outputs([b'{"event": "run.start"}'] * len(run.workflows))][: len(run.workflows)]
    sources = PageSources(
        run, folder, outputs, tests, history, "ci run w", lambda flow, jobs: f"again {', '.join(jobs)}"
    )
    made = build_page(sources)
    assert render(made).startswith("<!doctype html>")
    return made


def test_the_head_says_how_the_run_ended_and_what_it_ran_on():
    jobs = [job("a"), job("b", "failed", (failing("b"),)), job("c", "not_run", seconds=None)]
    made = page(record(workflow(*jobs), branch="main", commit="a" * 40, dirty=2))
    assert (made.title, made.headline) == ("w failed", "1 failed, 1 did not run, 1 passed")
    facts = dict(made.facts)
    assert (facts["branch"], facts["commit"], facts["took"]) == (
        "main",
        "aaaaaaaaaaaa and 2 uncommitted files",
        "9.0 s",
    )
    assert made.command == "ci run w"


def test_a_failure_is_its_step_its_exit_status_its_last_lines_and_the_command_that_runs_it_again():
    made = page(record(workflow(job("test", "failed", (failing(),)))), [("test", 2, "one\n\x1b[31mtwo\x1b[0m\n\n")])
    (failure,) = made.failures
    assert [each.href for each in failure.jobs] == ["#test"]
    assert (failure.step.text, failure.step.href) == ("2. Break", "#test.2")
    assert failure.ended == "exit status 3 after 1.0 s"
    assert [(each.anchor, each.spans[0].text, each.spans[0].classes) for each in failure.lines] == [
        ("test.2-L1", "one", ""),
        ("test.2-L2", "two", "f1"),
    ]
    assert (failure.log.text, failure.log.href) == ("log/test.log:3", "./log/test.log")
    assert (failure.position, failure.command) == ("config.yml:7:9", "again test")


def test_jobs_of_a_matrix_that_fail_alike_share_a_failure():
    jobs = [job(f"test-{each}", "failed", (failing(f"test-{each}"),)) for each in (1, 2)]
    output = [(f"test-{each}", 2, f"error in test-{each} after 0.{each} s\n") for each in (1, 2)]
    (failure,) = page(record(workflow(*jobs)), output).failures
    assert [each.text for each in failure.jobs] == ["test-1", "test-2"]
    assert failure.command == "again test-1, test-2"


def test_failing_tests_stand_with_the_failure_of_their_job_alone():
    tests = [KeptTest("w", "test", "app.adds", 0.1, "failure", "1 != 2"), KeptTest("w", "other", "x", 0.1, "error")]
    (failure,) = page(record(workflow(job("test", "failed", (failing(),)))), tests=tests).failures
    assert [(each.name, each.message) for each in failure.tests] == [("app.adds", "1 != 2")]


def test_of_many_failing_tests_the_first_are_shown_and_the_others_counted():
    tests = [KeptTest("w", "test", f"t{each}", 0.1, "failure") for each in range(60)]
    (failure,) = page(record(workflow(job("test", "failed", (failing(),)))), tests=tests).failures
    assert (len(failure.tests), failure.more_tests) == (50, 10)


def test_a_job_that_failed_outside_its_steps_has_its_reason():
    made = page(record(workflow(job("test", "failed", reason="the image cannot be had"))))
    (failure,) = made.failures
    assert (failure.step, failure.ended) == (None, "the image cannot be had after 2.0 s")


def test_a_step_that_timed_out_says_so():
    timed = node("test", step(1, "Hang", "timedout", exit_status=137, fails_job=True, message="no output for 10m0s"))
    (failure,) = page(record(workflow(job("test", "timedout", (timed,))))).failures
    assert failure.ended == "timed out: no output for 10m0s after 1.0 s"


def test_a_step_without_a_name_of_its_own_shows_its_whole_command():
    made = page(record(workflow(job("test", nodes=(node("test", step(name="set -e\nmake all")),)))))
    shown = made.jobs[0].nodes[0].steps[0]
    assert (shown.name, shown.command) == ("set -e...", "set -e\nmake all")


def test_long_logs_are_cut_and_say_how_much_is_missing():
    text = "".join(f"line {number}\n" for number in range(50_000))
    made = page(record(workflow(job("test", nodes=(node("test", step()),)))), [("test", 1, text)])
    shown = made.jobs[0].nodes[0].steps[0]
    assert [each.lines for each in shown.lines if isinstance(each, HiddenLines)] == [49_600]
    assert (shown.is_cut, shown.lines[-1].number) == (True, 50_000)


def test_nodes_of_a_job_have_sections_and_rows_of_their_own():
    nodes = (node("e2e/0", step()), failing("e2e/1"))
    made = page(record(workflow(job("e2e", "failed", nodes, parallelism=2))))
    assert [each.title for each in made.jobs[0].nodes] == ["e2e/0", "e2e/1"]
    assert [(row.label, row.href, row.status) for row in made.timeline.rows] == [
        ("e2e/0", "#e2e-0", "success"),
        ("e2e/1", "#e2e-1", "failed"),
    ]
    assert made.failures[0].command == "again e2e"


def test_jobs_of_one_name_in_two_workflows_are_two():
    flows = [workflow(job("test", "failed", (failing(),)), name=name) for name in ("first", "second")]
    made = page(record(*flows), tests=[KeptTest("second", "test", "t", 1.0, "failure")])
    assert [each.anchor for each in made.jobs] == ["first-test", "second-test"]
    assert [len(each.tests) for each in made.failures] == [0, 1]
    assert (
        [each.name for each in made.jobs]
        == [each.label for each in made.timeline.rows]
        == ["first/test", "second/test"]
    )
    assert [each.label for each in made.graphs[0].boxes] == ["test"]
    assert [each.workflow for each in made.graphs] == ["first", "second"]
    assert made.title == "first, second failed"


def test_the_critical_path_is_marked_in_the_graph_and_in_the_timeline():
    jobs = [job("build", nodes=(node("build", step()),)), job("lint", nodes=(node("lint", step()),), seconds=0.5)]
    jobs += [job("test", nodes=(node("test", step()),), needs=("build", "lint"))]
    made = page(record(workflow(*jobs)))
    assert [each.text for each in made.timeline.critical] == ["build", "test"]
    assert made.timeline.critical_duration == "4.0 s"
    assert {each.label for each in made.graphs[0].boxes if each.critical} == {"build", "test"}
    assert {each.label for each in made.timeline.rows if each.critical} == {"build", "test"}


def test_a_job_taken_over_from_an_earlier_run_is_named_and_has_no_part_in_the_times_of_this_one():
    jobs = [job("build", nodes=(node("build", step()),), seconds=99.0, from_run="20251231-235959-abcdef")]
    jobs += [job("test", nodes=(node("test", step()),), needs=("build",)), job("lint", nodes=(node("lint", step()),))]
    made = page(record(workflow(*jobs)))
    assert "from run 20251231-235959-abcdef" in made.jobs[0].facts
    assert [row.label for row in made.timeline.rows] == ["test", "lint"]
    assert ([each.text for each in made.timeline.critical], made.timeline.critical_duration) == (["test"], "2.0 s")
    assert [box.note for box in made.graphs[0].boxes] == ["earlier run", "2.0 s", "2.0 s"]


def test_a_difference_of_all_jobs_stands_once_and_names_none():
    made = page(record(workflow(*(job(name, nodes=(node(name, step()),)) for name in ("a", "b")))))
    (difference,) = made.differences
    assert (difference.text, difference.jobs, difference.more) == ("images are not used", (), 0)


def test_a_difference_of_some_jobs_names_the_first_of_them():
    exact = {"fidelity": Fidelity("exact")}
    jobs = [
        job(f"{number}", nodes=(node(f"{number}", step()),), **(exact if number > 7 else {})) for number in range(9)
    ]
    (difference,) = page(record(workflow(*jobs))).differences
    assert ([each.text for each in difference.jobs], difference.more) == (["0", "1", "2", "3", "4", "5"], 2)


def test_the_slowest_tests_come_first():
    tests = [KeptTest("w", "test", f"t{number}", float(number)) for number in range(20)]
    made = page(record(workflow(job("test", nodes=(node("test", step()),)))), tests=tests)
    assert [(each.name, each.duration) for each in made.slowest][:2] == [("t19", "19.00 s"), ("t18", "18.00 s")]
    assert len(made.slowest) == 10


def test_artifacts_are_those_of_the_job(tmp_path):
    (tmp_path / "artifacts/test").mkdir(parents=True)
    (tmp_path / "artifacts/test/a.txt").write_text("x")
    stored = job("test", nodes=(node("test", step()),), artifacts=1, artifacts_folder="artifacts/test")
    (artifacts,) = page(record(workflow(stored)), folder=tmp_path).artifacts
    assert [each.href for each in artifacts.files] == ["./artifacts/test/a.txt"]


def test_the_environment_has_the_options_that_differ_from_the_default():
    options = {"engine": "host", "parallel": 4, "parents": False, "pull": "missing", "env": ["TOKEN"], "noxfile": "/n"}
    made = page(record(workflow(job("a")), options=options, parameters={"size": 3}))
    shown = dict(made.environment)
    assert (shown["--engine"], shown["--parallel"], shown["--no-parents"]) == ("host", "4", "yes")
    assert (shown["--env"], shown["parameter size"]) == ("TOKEN", "3")
    assert not {"--pull", "--noxfile"} & shown.keys()


@pytest.mark.parametrize(
    "run",
    [
        record(),
        record(workflow()),
        record(workflow(job("a", "waiting", seconds=None)), result="running", seconds=None),
        record(workflow(job("a", "running", (node("a", StepRecord(1, "Go", PLACE, 100.0)),), seconds=None))),
        record(workflow(job("a", needs=("gone",)))),
        record(workflow(job("a", "on_hold", seconds=0.0, reason="approve it")), result="on_hold"),
        record(workflow(job("a", tests=TestCounts(3, 1)))),
        record(workflow(job("", "failed", reason="\x1b[31m\u202e")), branch="\0", commit="x"),
    ],
    ids=["no workflow", "no jobs", "killed before a job", "killed in a job", "lost parent", "on hold", "tests", "odd"],
)
def test_a_run_of_any_state_has_a_page(run):
    assert page(run)


def test_the_id_and_version_of_a_record_of_somebody_else_are_shown_as_text():
    made = page(record(workflow(job("a")), id="\x1b]0;x\x07", package="1\u202e"))
    assert dict(made.facts)["run"] == "\\x1b]0;x\\x07"
    assert made.generator == "nox-circleci 1\\u202e"
