"""Output as a terminal would show it: its colours as classes, nothing else of what it says to a terminal."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ci.page.ansi import Pen, spans

ESC = "\x1b"


def pieces(line: str) -> list[tuple[str, str]]:
    return [(each.text, each.classes) for each in spans(line, Pen())[0]]


def text(line: str) -> str:
    return "".join(each.text for each in spans(line, Pen())[0])


@pytest.mark.parametrize(
    ("codes", "classes"),
    [
        ("31", "f1"),
        ("97", "f15"),
        ("44", "b4"),
        ("103", "b11"),
        ("1", "B"),
        ("1;4;31", "B U f1"),
        ("2;3;9", "D I S"),
        ("31;39", ""),
        ("1;22", ""),
        ("31;0", ""),
        ("31;", ""),
        ("", ""),
        ("7", "fx bx"),
        ("31;42;7", "f2 b1"),
        ("4:3", "U"),
        ("4:0", ""),
        ("38;5;9", "f9"),
        ("38;5;196", "f9"),
        ("48;5;21", "b4"),
        ("38;5;255", "f7"),
        ("38;2;255;0;0", "f9"),
        ("38:2::255:0:0", "f9"),
        ("38:5:9", "f9"),
        ("38;2;0;0;0;1", "B f0"),
        ("38;5", ""),
        ("38;2;1", ""),
        ("38;5;256", ""),
        ("38;2;999;0;0", ""),
        ("38", ""),
        ("38;7;1", "B"),
        ("999", ""),
        (";".join(["31"] * 5000), ""),
    ],
)
def test_a_select_graphic_rendition_is_classes(codes, classes):
    """ECMA-48 8.3.117; colours of 38 and 48: ITU-T T.416, and with semicolons as xterm reads them."""
    assert pieces(f"{ESC}[{codes}mx") == [("x", classes)]


def test_a_look_lasts_until_it_is_changed_and_into_the_next_line():
    first, pen = spans(f"a{ESC}[31mb", Pen())
    second, pen = spans(f"c{ESC}[0md", pen)
    assert [(each.text, each.classes) for each in (*first, *second)] == [
        ("a", ""), ("b", "f1"), ("c", "f1"), ("d", ""),
    ]  # fmt: skip
    assert pen == Pen()


@pytest.mark.parametrize(
    ("line", "shown"),
    [
        ("10%\r50%\r100%", "100%"),
        ("done\r", "done"),
        ("windows\r\r", "windows"),
        (f"10%\r{ESC}[K100%", "100%"),
        (f"{ESC}[32m10%\r{ESC}[0mok", "ok"),
        (f"{ESC}]0;a title\x07text", "text"),
        (f"{ESC}]8;;https://example.org{ESC}\\link{ESC}]8;;{ESC}\\", "link"),
        (f"{ESC}]8;;javascript:alert(1)\x07link{ESC}]8;;\x07", "link"),
        (f"{ESC}[2J{ESC}[1;1H{ESC}[?25lx", "x"),
        (f"{ESC}(Bx{ESC}=y", "xy"),
        (f"{ESC}Pq#0{ESC}\\x", "x"),
        ("\x9b31mx", "x"),
        ("\u202ereversed\u2066", "\\u202ereversed\\u2066"),
        ("a\0b\x08\x82", "a\\x00b\\x08\\x82"),
        ("\udc80", "\\udc80"),
        (f"end{ESC}", "end\\x1b"),
        (f"end{ESC}[", "end"),
        ("tab\tstays", "tab\tstays"),
    ],
)
def test_a_line_is_what_a_terminal_would_show_of_it(line, shown):
    assert text(line) == shown


PIECES = st.sampled_from(
    [ESC, "[", "]", "8", ";", "38", "5", "m", "\r", "\x07", "\\", "P", "x", "<", "\x9b", "\u202e", ":"]
)


@given(st.lists(PIECES, max_size=30).map("".join) | st.text())
def test_whatever_comes_no_control_character_is_left_and_classes_are_ours(line):
    found, _ = spans(line.replace("\n", ""), Pen())
    for each in found:
        assert not re.search("[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\ud800-\udfff]", each.text)
        assert re.fullmatch(r"([BDIUS]|[fb](\d|1[0-5]|x))?( ([BDIUS]|[fb](\d|1[0-5]|x)))*", each.classes)


@pytest.mark.parametrize("start", [f"{ESC}]", f"{ESC}[", f"{ESC}P", f"{ESC}[3", f"{ESC}[38;", "\r", f"{ESC} "])
def test_a_line_of_openings_takes_no_longer_than_its_length(start):
    assert spans(start * 20_000, Pen())
