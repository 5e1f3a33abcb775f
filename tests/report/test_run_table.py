"""The table of runs: what each line says, and that it fits a screen."""

import re
import time
from dataclasses import replace
from pathlib import Path

import pytest

from ci.report.run_table import runs_data, table_lines, tree, when
from ci.report.style import Style
from ci.run.kept_runs import KeptRun

from ..record.records import job, run, workflow

PLAIN = Style(color=False, unicode=True)
NOON = time.mktime((2026, 11, 26, 12, 0, 0, 0, 0, -1))
ID = "20261126-115500-abcdef"


def kept(record=None, **keys) -> KeptRun:
    return KeptRun(Path("/p/.nox/ci/runs") / ID, record, **keys)


def cells(line: str) -> list[str]:
    return re.split(r" {2,}", line)


def failed(*names: str, **keys):
    jobs = [job("build"), *(job(name, "failed") for name in names)]
    made = run(workflow("main", *jobs), branch="topic", commit="0123456789", **keys)
    return replace(made, result="failed" if names else "success", started=NOON - 300, seconds=65.0)


def test_a_run_is_a_line_with_result_time_workflow_commit_and_failed_jobs():
    head, line = table_lines([kept(failed("test", "lint"))], NOON, PLAIN)
    assert head.split() == ["RUN", "RESULT", "TIME", "WHEN", "WORKFLOW", "COMMIT", "ID", "FAILED", "JOBS"]
    assert cells(line) == ["last", "✗ failed", "1 min 5 s", "11:55", "main", "topic@0123456", ID, "test, lint"]


def test_on_a_screen_of_80_columns_no_line_is_longer_and_the_names_of_jobs_are_cut():
    many = kept(failed(*(f"test-of-everything-{number}" for number in range(40))))
    for line in table_lines([many, kept(failed())], NOON, PLAIN, 80):
        assert len(line) <= 80
    assert table_lines([many], NOON, PLAIN, 80)[1].endswith("...")


def test_a_run_with_a_paused_job_is_shown_as_paused_and_not_as_running():
    line = table_lines([kept(replace(failed(), result="running"), alive=True, paused=True)], NOON, PLAIN)[1]
    assert cells(line)[1] == "⏸ paused"


@pytest.mark.parametrize(
    ("result", "alive", "shown"),
    [
        ("success", False, "✓ passed"),
        ("failed", False, "✗ failed"),
        ("canceled", False, "⊘ canceled"),
        ("on_hold", False, "⏸ on hold"),
        ("running", True, "▶ running"),
        ("running", False, "✗ killed"),
    ],
)
def test_every_result_has_a_sign_and_a_word(result, alive, shown):
    line = table_lines([kept(replace(failed(), result=result), alive=alive)], NOON, PLAIN)[1]
    assert shown in line


def test_a_run_without_a_record_is_listed_as_that_and_one_that_is_broken_says_why():
    lines = table_lines(
        [kept(problem="it has no record"), kept(problem="its record cannot be read: x\x1b")], NOON, PLAIN
    )
    assert [cells(line)[1] for line in lines[1:3]] == ["- no record", "- no record"]
    assert lines[3:] == [f"{ID}: its record cannot be read: x\\x1b"]


def test_a_star_marks_uncommitted_files_and_is_explained():
    lines = table_lines([kept(failed(dirty=2))], NOON, PLAIN)
    assert "topic@0123456*" in lines[1]
    assert lines[-1] == "* with uncommitted files"


def test_colours_do_not_move_the_columns():
    plain, coloured = (table_lines([kept(failed("test"))], NOON, Style(color)) for color in (False, True))
    assert "\x1b[31m" in coloured[1]
    assert coloured[1].replace("\x1b[31m", "").replace("\x1b[0m", "") == plain[1]


@pytest.mark.parametrize(
    ("branch", "tag", "commit", "shown"),
    [
        ("main", "", "0123456789", "main@0123456"),
        ("main", "v1", "0123456789", "v1@0123456"),
        ("", "", "0123456789", "0123456"),
        ("main", "", "", "main"),
        ("", "", "", ""),
        ("b" * 60, "", "0123456789", "bbbbbbbbbbbbbb...@0123456"),
        ("a\x1b", "", "", "a\\x1b"),
    ],
)
def test_the_tree_of_a_run_is_its_tag_or_branch_and_commit(branch, tag, commit, shown):
    assert tree(run(branch=branch, tag=tag, commit=commit)) == shown


def test_a_run_of_another_day_says_which():
    assert when(NOON - 60, NOON) == "11:59"
    assert when(NOON - 24 * 3600, NOON) == "25 Nov 12:00"
    assert when(NOON - 400 * 24 * 3600, NOON).endswith("2025")


def test_the_data_of_a_run_has_the_same_and_its_folder():
    [full, empty] = runs_data([kept(failed("test", dirty=1)), kept(problem="it has no record")])
    assert full == {
        "name": "last", "id": ID, "folder": f"/p/.nox/ci/runs/{ID}", "result": "failed", "started": NOON - 300,
        "seconds": 65.0, "workflows": ["main"], "branch": "topic", "tag": "", "commit": "0123456789", "dirty": 1,
        "failed_jobs": ["test"],
    }  # fmt: skip
    assert (empty["name"], empty["result"], empty["problem"]) == ("-1", "no record", "it has no record")


def test_a_commit_in_a_record_of_somebody_else_cannot_write_to_the_terminal():
    assert "\x1b" not in tree(run(workflow("w"), branch="main", commit="\x1b]0;x\x07"))
