"""Colours and symbols follow the stream and the user's variables (https://no-color.org); phrases that reports share."""

import io

import pytest

from ci.errors import Position
from ci.events import StepFinished, TestCounts
from ci.report.style import Style, duration, ended_line, one_line, plural, style_of
from ci.report.style import tests_line as line_of_tests


class Terminal(io.TextIOWrapper):
    """A stream that says that it is a terminal, of that encoding."""

    def __init__(self, encoding="utf-8"):
        super().__init__(io.BytesIO(), encoding=encoding)

    def isatty(self):
        return True


@pytest.mark.parametrize(
    ("environ", "color"),
    [
        ({}, True),
        ({"NO_COLOR": "1"}, False),
        ({"NO_COLOR": ""}, True),  # an empty value counts as unset
        ({"TERM": "dumb"}, False),
        ({"TERM": "dumb", "FORCE_COLOR": "1"}, True),
    ],
)
def test_a_terminal_has_colour_unless_the_user_says_no(environ, color):
    assert style_of(Terminal(), environ).color is color


def test_what_is_no_terminal_has_colour_only_where_it_is_forced():
    stream = io.TextIOWrapper(io.BytesIO(), encoding="utf-8")
    assert not style_of(stream, {}).color
    assert style_of(stream, {"FORCE_COLOR": "1"}).color


def test_a_stream_that_cannot_write_symbols_gets_plain_ones():
    assert not style_of(Terminal("ascii"), {}).unicode
    assert Style(unicode=False).symbol("success") == "+"
    assert Style().symbol("success") == "✓"


def test_painting_without_colour_changes_nothing():
    assert Style().paint("text", "red", "bold") == "text"
    assert Style(color=True).paint("text", "red") == "\x1b[31mtext\x1b[0m"


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
    [
        (0, "0.0 s"),
        (0.449, "0.4 s"),
        (59.9, "59.9 s"),
        (60, "1 min"),
        (125.4, "2 min 5 s"),
        (3720, "1 h 2 min"),
        (7200, "2 h"),
    ],
)
def test_durations_have_the_unit_that_fits(seconds, shown):
    assert duration(seconds) == shown


@pytest.mark.parametrize(
    ("status", "exit_status", "message", "shown"),
    [
        ("success", 0, "", "success after 1.0 s"),
        ("failed", 2, "", "failed with exit status 2 after 1.0 s"),
        ("timedout", 137, "no output for 10 min", "timed out after 1.0 s: no output for 10 min"),
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
