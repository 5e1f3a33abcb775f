"""The tests of a run's results, kept with it."""

from __future__ import annotations

import json
import os

import pytest

from ci.page.kept_tests import KeptTest, read_tests, stored_tests, write_tests
from ci.report.failed_tests import stored_cases

REPORT = """
<testsuite>
  <testcase classname="app" name="adds" time="0.25"/>
  <testcase name="reads hunter2" time="1"><failure message="got hunter2&#10;not it">
    assert "hunter2" == 3
</failure></testcase>
  <testcase name="later"><skipped/></testcase>
</testsuite>
"""


def test_the_tests_of_reports_are_read_without_secrets(tmp_path):
    (tmp_path / "deep").mkdir()
    (tmp_path / "deep" / "r.XML").write_text(REPORT)
    (tmp_path / "broken.xml").write_text("<testsuite><testcase")
    (tmp_path / "notes.txt").write_text(REPORT)
    assert stored_tests("w", "test", tmp_path, lambda text: text.replace("hunter2", "****")) == [
        KeptTest("w", "test", "app.adds", 0.25),
        KeptTest("w", "test", "reads ****", 1.0, "failure", "got ****", '    assert "****" == 3'),
        KeptTest("w", "test", "later", 0.0, "skipped"),
    ]


def test_what_is_written_is_read_again_the_failed_ones_and_the_slowest_first(tmp_path):
    quick, slow = KeptTest("w", "a", "quick", 0.1), KeptTest("w", "a", "slow", 9.0)
    failed = KeptTest("w", "b", "failed", 0.0, "error", "boom")
    write_tests(tmp_path, [quick, slow, failed])
    assert read_tests(tmp_path) == [failed, slow, quick]
    assert (tmp_path / "tests.json").stat().st_mode & 0o777 == 0o600


def test_of_many_failed_tests_the_first_ones_have_their_details(tmp_path):
    write_tests(tmp_path, [KeptTest("w", "a", f"{number}", 0.0, "failure", "m", "d") for number in range(300)])
    assert [each.details for each in read_tests(tmp_path)] == ["d"] * 200 + [""] * 100


def test_a_run_without_tests_keeps_no_file(tmp_path):
    write_tests(tmp_path, [])
    assert list(tmp_path.iterdir()) == []
    assert read_tests(tmp_path) == []


@pytest.mark.parametrize(
    "text",
    [
        "",
        "{",
        "[]",
        "null",
        '{"version": 2, "tests": []}',
        '{"version": 1}',
        '{"version": 1, "tests": 7}',
        '{"version": 1, "tests": [7]}',
        '{"version": 1, "tests": [{"name": "a"}]}',
        '{"version": 1, "tests": [{"name": "a", "seconds": "long"}]}',
        "[" * 100_000,
    ],
)
def test_a_file_that_is_broken_or_of_another_version_has_no_tests(tmp_path, text):
    (tmp_path / "tests.json").write_text(text)
    assert read_tests(tmp_path) == []


def test_a_value_of_another_type_is_no_text(tmp_path):
    data = {"version": 1, "tests": [{"workflow": "w", "job": ["x"], "name": "a", "seconds": 1, "message": None}]}
    (tmp_path / "tests.json").write_text(json.dumps(data))
    assert read_tests(tmp_path) == [KeptTest("w", "", "a", 1.0)]


@pytest.mark.parametrize("seconds", ["1e999", "NaN", "-1", "1" + "0" * 400])
def test_seconds_that_no_test_takes_are_none(tmp_path, seconds):
    (tmp_path / "tests.json").write_text(f'{{"version": 1, "tests": [{{"name": "a", "seconds": {seconds}}}]}}')
    assert [each.seconds for each in read_tests(tmp_path)] == [0.0]


def test_texts_that_somebody_else_has_written_have_no_control_characters(tmp_path):
    data = {"name": "a\x1b\u202e", "seconds": 1, "outcome": "\x07", "message": "b\x9b", "details": "c\0\nd"}
    (tmp_path / "tests.json").write_text(json.dumps({"version": 1, "tests": [data]}))
    (found,) = read_tests(tmp_path)
    assert (found.name, found.outcome, found.message) == ("a\\x1b\\u202e", "\\x07", "b\\x9b")
    assert found.details == "c\\x00\nd"


def test_reports_that_are_links_or_pipes_are_not_read(tmp_path):
    (tmp_path / "private.xml").write_text(REPORT)
    (tmp_path / "results").mkdir()
    (tmp_path / "results/link.xml").symlink_to(tmp_path / "private.xml")
    os.mkfifo(tmp_path / "results/pipe.xml")
    assert stored_tests("w", "test", tmp_path / "results", str) == []
    assert [each for each in stored_cases(tmp_path / "results") if each] == []
