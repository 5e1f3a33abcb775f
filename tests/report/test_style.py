"""Colours and symbols follow the stream and the user's variables. https://no-color.org"""

import io

import pytest

from ci.report.style import Style, style_of


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
