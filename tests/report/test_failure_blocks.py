"""One failure as a block of lines."""

from dataclasses import replace

import pytest

from ci.errors import Position
from ci.report.failure import Evidence, FailedTest, Failure
from ci.report.failure_blocks import ROWS, failure_lines
from ci.report.style import Style

FAILURE = Failure(
    ("build",),
    "failed",
    1.5,
    Position(".circleci/config.yml", 48, 9),
    step=3,
    steps=7,
    name="Run tests",
    exit_status=1,
    evidence=Evidence(("one", "two"), 2),
    log=".nox/ci/runs/20261126-101500-abcdef/log/build.log:12",
    command="nox -s smoke -- -j build",
)
MANY = Evidence(tuple(f"line {number}" for number in range(1981, 2001)), 2000, False)


def lines(width=0, **changes):
    return failure_lines(replace(FAILURE, **changes), Style(), width)


def test_a_block_names_the_step_the_place_the_cause_the_log_and_the_command():
    assert lines() == [
        "✗ build: step 3 of 7 'Run tests'",
        "  .circleci/config.yml:48:9: exit status 1",
        "    one",
        "    two",
        "  log: .nox/ci/runs/20261126-101500-abcdef/log/build.log:12",
        "  run it again: nox -s smoke -- -j build",
    ]


def test_of_much_output_the_last_lines_are_shown_and_the_others_counted():
    found = lines(evidence=MANY)
    assert len(found) == ROWS
    assert found[2] == "    line 1985"
    assert found[-3:-1] == [
        "    line 2000",
        "  1,984 lines more in .nox/ci/runs/20261126-101500-abcdef/log/build.log:12",
    ]


def test_one_line_more_is_no_lines():
    assert "  1 line more in " in "\n".join(lines(evidence=Evidence(("two",), 2, False)))


@pytest.mark.parametrize("width", [40, 80, 200])
def test_no_block_is_longer_than_its_rows_on_a_screen_and_no_path_is_cut(width):
    long = tuple(f"{number}: {'word ' * 100}" for number in range(20))
    jobs = tuple(f"a-job-of-a-long-name-{number}" for number in range(30))
    found = lines(width, jobs=jobs, name="a name " * 20, evidence=Evidence(long, 2000, False))
    assert sum(-(-len(line) // width) for line in found) <= ROWS
    text = "\n".join(found)
    assert ".circleci/config.yml:48:9:" in text
    assert ".nox/ci/runs/20261126-101500-abcdef/log/build.log:12" in text
    assert "and " in found[0]
    assert len(found[0]) <= width


def test_a_long_cause_is_wrapped_at_words():
    found = lines(80, exit_status=127, on_host=True)
    assert found[1] == "  .circleci/config.yml:48:9: exit status 127: a command was not found (on the"
    assert found[2] == "    host engine steps find this machine's programs, not an image's)"


def test_a_path_in_a_cause_is_not_broken():
    message = "cannot read the file /home/circleci/project/some-folder/some-other-folder/a-file-of-a-long-name.txt"
    found = lines(80, exit_status=None, message=message)
    assert any(
        line.endswith("/home/circleci/project/some-folder/some-other-folder/a-file-of-a-long-name.txt")
        for line in found
    )


def test_a_path_that_fills_the_screen_has_a_line_of_its_own():
    place = Position("a/" * 50 + "config.yml", 1, 1)
    found = lines(80, position=place)
    assert found[1] == f"  {place}:"
    assert found[2] == "    exit status 1"


def test_a_line_of_output_takes_three_rows_at_most():
    assert lines(80, evidence=Evidence(("x" * 1000,), 1))[2] == f"    {'x' * 233}..."


def test_a_step_that_timed_out_says_after_how_long():
    found = lines(status="timedout", exit_status=137, message="Too long with no output (exceeded 10m0s)", seconds=600)
    assert found[1] == "  .circleci/config.yml:48:9: timed out after 10 min: Too long with no output (exceeded 10m0s)"


def test_a_failed_save_cache_shows_its_message():
    found = lines(name="Save cache", exit_status=None, message="no such folder: x", evidence=Evidence())
    assert found[:3] == [
        "✗ build: step 3 of 7 'Save cache'",
        "  .circleci/config.yml:48:9: no such folder: x",
        "  log: .nox/ci/runs/20261126-101500-abcdef/log/build.log:12",
    ]


def test_a_job_that_failed_before_its_first_step_has_no_step_and_no_log():
    found = lines(step=0, name="", exit_status=None, message="no such image: x", evidence=Evidence(), log="")
    assert found == [
        "✗ build",
        "  .circleci/config.yml:48:9: no such image: x",
        "  run it again: nox -s smoke -- -j build",
    ]


def test_a_message_beside_the_exit_status_is_shown_once():
    found = lines(message="exit status 1; $X: is set by an image")
    assert found[1] == "  .circleci/config.yml:48:9: exit status 1; $X: is set by an image"


def test_a_failure_without_a_place_or_a_message_is_shown_too():
    found = lines(position=None, exit_status=None, evidence=Evidence(), log="", command="")
    assert found == ["✗ build: step 3 of 7 'Run tests'", "  failed"]


def test_failing_tests_stand_before_the_last_lines():
    tests = (FailedTest("tests.a.test_x", "assert 1 == 2"), FailedTest("test_y"))
    found = lines(tests=tests, tests_total=2, results="r")
    assert found[2:6] == ["    tests.a.test_x: assert 1 == 2", "    test_y", "    one", "    two"]


def test_of_a_thousand_failing_tests_the_first_are_shown_and_the_others_counted():
    tests = tuple(FailedTest(f"test_{number}", "no") for number in range(20))
    found = lines(tests=tests, tests_total=1000, results=".nox/results/build", evidence=MANY)
    assert len(found) == ROWS
    assert found[2] == "    test_0: no"
    assert found[14] == "    988 failing tests more in .nox/results/build"
    assert found[15:18] == ["    line 1998", "    line 1999", "    line 2000"]


def test_colours_change_no_text():
    painted = failure_lines(replace(FAILURE, evidence=MANY), Style(color=True), 80)
    assert len(painted) == len(lines(80, evidence=MANY))
    assert "\x1b[31m" in painted[1]


def test_without_unicode_there_is_none():
    assert failure_lines(FAILURE, Style(unicode=False))[0].isascii()
