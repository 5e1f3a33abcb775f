"""Small pieces of text that several reports share."""

import pytest

from ci.errors import Position
from ci.events import StepFinished, TestCounts
from ci.report.text import duration, ended_line, one_line, plural
from ci.report.text import tests_line as line_of_tests


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("make", "make"),
        ("\n\n  make all\n", "make all"),
        ("make\nmake test", "make..."),
        ("", ""),
        ("x" * 100, "x" * 69 + "..."),
    ],
)
def test_a_steps_name_is_its_first_line_that_says_something(name, shown):
    assert one_line(name) == shown


@pytest.mark.parametrize(
    ("seconds", "shown"),
    [(0, "0.0 s"), (0.449, "0.4 s"), (59.9, "59.9 s"), (60, "1 min 0 s"), (125.4, "2 min 5 s"), (3720, "1 h 2 min")],
)
def test_durations_have_the_unit_that_fits(seconds, shown):
    assert duration(seconds) == shown


@pytest.mark.parametrize(
    ("status", "exit_status", "message", "shown"),
    [
        ("success", 0, "", "success after 1.0 s"),
        ("failed", 2, "", "failed with exit status 2 after 1.0 s"),
        ("timedout", None, "no output for 10 min", "ended: too long after 1.0 s: no output for 10 min"),
    ],
)
def test_how_a_step_ended_is_one_sentence(status, exit_status, message, shown):
    step = StepFinished(0, "build", 1, "make", status, 1.0, Position("config.yml", 1, 1), exit_status, message)
    assert ended_line(step) == shown


@pytest.mark.parametrize(
    ("counts", "shown"),
    [
        (TestCounts(1), "1 test"),
        (TestCounts(35), "35 tests"),
        (TestCounts(35, 1, 2, 3), "35 tests: 1 failed, 2 errors, 3 skipped"),
    ],
)
def test_tests_are_counted_and_only_what_did_not_pass_is_named(counts, shown):
    assert line_of_tests(counts) == shown


def test_one_thing_is_singular():
    assert [plural(n, "job") for n in (0, 1, 2)] == ["0 jobs", "1 job", "2 jobs"]
