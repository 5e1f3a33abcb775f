"""What a terminal would obey, taken out of a step's output."""

import pytest

from ci.report.control_sequences import colors_only, last_line, only_colored, plain_line


@pytest.mark.parametrize(
    ("text", "left"),
    [
        ("\x1b[1;31mred\x1b[0m", "\x1b[1;31mred\x1b[0m"),
        ("\x1b[38;2;1;2;3mrgb\x1b[m", "\x1b[38;2;1;2;3mrgb\x1b[m"),
        ("\x1b[38:5:9mx", "\x1b[38:5:9mx"),
        ("a\x1b[2Kb\x1b[1Ac\x1b[6nd\x1b[?25le", "abcde"),
        ("a\x1b]8;;https://x.y\x1b\\link\x1b]8;;\x1b\\b", "alinkb"),
        ("a\x1bP1$r\x1b\\b", "ab"),
        ("a\x9b31mb", "ab"),
        ("a\x1b", "a"),
        ("a\x1b[", "a"),
        ("tab\tand\rreturn\b\n", "tab\tand\rreturn\b\n"),
        ("nul\0bell\x07", "nulbell"),
    ],
)
def test_of_control_sequences_only_colours_are_left(text, left):
    assert colors_only(text) == left


def test_a_line_is_what_a_carriage_return_left_of_it():
    assert plain_line("10 %\r20 %\r\x1b[32mdone\x1b[0m\r") == "done"


def test_the_last_line_is_the_last_one_that_is_not_blank():
    assert last_line("first\n  second  \n\x1b[0m\n") == "second"
    assert last_line("\n") == ""


@pytest.mark.parametrize(
    ("text", "left"),
    [
        (b"plain\ttext\r\n", b"plain\ttext\r\n"),
        ("gr\u00fcn \x1b[32mok\x1b[0m\n".encode(), "gr\u00fcn \x1b[32mok\x1b[0m\n".encode()),
        (b"a\x1b]52;c;QUJD\x07b\x1b[2J\n", b"ab\n"),
        (b"\xff\x1bc\n", b"\xff\n"),
    ],
)
def test_bytes_of_a_log_keep_their_colours_alone(text, left):
    assert only_colored(text) == left
