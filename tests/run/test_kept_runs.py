"""The runs that are kept: their names, their records, and what is wrong with them."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from ci.dataclass import replace
from ci.errors import UsageError
from ci.record.json_writer import RecordWriter
from ci.run.folder import open_run, runs
from ci.run.kept_runs import (
    KeptRun,
    failed_jobs,
    failures_without_log,
    find_run,
    job_names,
    names_run,
    read_run,
    run_names,
)
from ci.system.temporary import Owner

from ..record.records import FULL, job, run, step, workflow

IDS = ("20260101-120000-aaaaaa", "20260101-120000-bbbbbb", "20260202-120000-cccccc")


@pytest.fixture
def state(tmp_path) -> Path:
    """A state folder with three runs."""
    for name in IDS:
        (tmp_path / "runs" / name).mkdir(parents=True)
    return tmp_path


def written(folder: Path, text: str) -> KeptRun:
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "run.json").write_text(text)
    return read_run(folder)


def test_a_run_comes_back_with_its_record(tmp_path):
    found = written(tmp_path / "id", RecordWriter().text(FULL))
    assert (found.record, found.result, found.problem) == (FULL, "success", "")


def test_a_run_that_did_not_end_is_running_or_was_killed(tmp_path):
    text = json.dumps({**json.loads(RecordWriter().text(FULL)), "result": "running"})
    assert written(tmp_path / "dead", text).result == "killed"
    Owner.current().write(tmp_path / "owner")
    assert written(tmp_path, text).result == "running"


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("", "its record cannot be read: it is no JSON"),
        ('{"version": 1, "id"', "its record cannot be read: it is no JSON"),
        ('{"version": 99}', "its record cannot be read: it has version 99, and this program reads version 1"),
    ],
)
def test_a_record_that_cannot_be_read_is_said_with_the_reason(tmp_path, text, problem):
    found = written(tmp_path / "id", text)
    assert (found.record, found.result) == (None, "no record")
    assert found.problem.startswith(problem)


def test_a_run_without_a_record_with_bytes_for_it_or_with_a_link_has_no_record(tmp_path):
    assert (read_run(tmp_path).result, read_run(tmp_path).problem) == ("no record", "it has no record")
    (tmp_path / "run.json").write_bytes(b"\xff\xfe")
    assert read_run(tmp_path).result == "no record"
    (tmp_path / "run.json").unlink()
    (tmp_path / "run.json").symlink_to(tmp_path / "elsewhere")
    assert read_run(tmp_path).problem.startswith("its record cannot be read")


@pytest.mark.parametrize(
    ("name", "id"),
    [("last", IDS[2]), ("-1", IDS[1]), ("-2", IDS[0]), (IDS[0], IDS[0]), ("202602", IDS[2]), (IDS[1][:17], IDS[1])],
)
def test_a_run_is_found_by_its_place_its_id_or_the_beginning_of_it(state, name, id):
    assert find_run(state, name).id == id
    assert names_run(state, name)


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("-3", "there is no run -3: 3 are kept"),
        ("20260101", "several runs begin with '20260101'"),
        ("2025", "there is no run '2025'"),
    ],
)
def test_a_name_of_no_run_or_of_several_is_an_error(state, name, message):
    with pytest.raises(UsageError, match=message):
        find_run(state, name)


def test_where_no_run_is_kept_there_is_no_last_one(tmp_path):
    with pytest.raises(UsageError, match="no run is kept here"):
        find_run(tmp_path, "last")


@pytest.mark.parametrize("word", ["build", "-0", "-x", "lint-1", "2026-build", "latest", "20260101-12-x", "1999"])
def test_what_no_run_is_called_may_be_a_job(state, word):
    assert not names_run(state, word)


def test_the_newest_runs_are_called_last_and_by_numbers_back():
    assert run_names(3) == ["last", "-1", "-2"]
    assert run_names(0) == []


def test_runs_of_one_second_stand_in_the_order_in_which_they_began(tmp_path):
    made = []
    for _ in range(20):
        with open_run(tmp_path) as folder:
            made.append(folder.id)
    assert [path.name[:-3] for path in runs(tmp_path)] == sorted((name[:-3] for name in made), reverse=True)
    assert len(set(made)) == 20
    assert [name[:-3] for name in made] == sorted(name[:-3] for name in made)


def test_failed_jobs_have_their_workflows_name_if_there_are_several():
    jobs = (job("a"), job("b", "failed"), job("c", "timedout"), job("d", "not_run"))
    one, two = run(workflow("w", *jobs)), run(workflow("w", *jobs), workflow("v", job("b", "failed")))
    assert job_names(one, failed_jobs(one)) == ["b", "c"]
    assert job_names(two, failed_jobs(two)) == ["w/b", "w/c", "v/b"]


def test_a_job_that_failed_before_its_first_step_says_why():
    record = run(workflow("w", job("a", "failed", reason="no image"), job("b", "failed", step(1, "failed")), job("c")))
    assert failures_without_log(KeptRun(Path("x"), record)) == ["a failed: no image"]
    assert failures_without_log(KeptRun(Path("x"), None)) == []


def test_a_run_of_which_jobs_go_on_is_detached_until_somebody_is_there(tmp_path):
    with open_run(tmp_path) as folder:
        (folder.run / "run.json").write_text(RecordWriter().text(replace(run(), result="running")))
        (folder.run / "detached.json").write_text("{}")
        assert read_run(folder.run).result == "running"
    assert read_run(folder.run).result == "detached"
    (folder.run / "detached.json").unlink()
    assert read_run(folder.run).result == "killed"
