"""Which program shows a long text on a terminal, and that it may go before it has seen all."""

from __future__ import annotations

import os
import pty
import subprocess
import sys
from pathlib import Path

import pytest

from ci.cli.pager import fits_screen, pager_words

from ..projects import ROOT

SHOW = """
from ci.cli.pager import paged
with paged() as write:
    for number in range(200_000):
        write(b"line %d\\n" % number)
print("and then")
"""


def programs(folder: Path, *names: str) -> str:
    """A PATH on which there are those programs alone."""
    for name in names:
        (folder / name).write_text("#!/bin/sh\n")
        (folder / name).chmod(0o755)
    return str(folder)


@pytest.mark.parametrize(
    ("there", "environ", "words"),
    [
        (("less", "more"), {}, ["less"]),
        (("more",), {}, ["more"]),
        ((), {}, []),
        (("less",), {"PAGER": "most -s"}, ["sh", "-c", "most -s"]),
        (("less",), {"PAGER": ""}, []),
        (("less",), {"PAGER": "cat"}, []),
    ],
)
def test_the_pager_is_the_users_else_less_else_more_else_none(tmp_path, there, environ, words):
    assert pager_words({"PATH": programs(tmp_path, *there), **environ}, terminal=True) == words


def test_less_shows_the_end_first_where_that_is_what_matters_but_not_the_users_own(tmp_path):
    path = programs(tmp_path, "less")
    assert pager_words({"PATH": path}, terminal=True, at_end=True) == ["less", "+G"]
    assert pager_words({"PATH": path, "PAGER": "less"}, terminal=True, at_end=True) == ["sh", "-c", "less"]


def test_what_fits_on_the_screen_leaves_a_line_for_the_prompt_and_counts_broken_lines(monkeypatch):
    monkeypatch.setenv("COLUMNS", "10")
    monkeypatch.setenv("LINES", "4")
    assert fits_screen([b"1234567890\n"] * 3)
    assert not fits_screen([b"1\n"] * 4)
    assert not fits_screen([b"1\n", b"2\n", b"12345678901\n"])
    assert not fits_screen([b"\t12\n", b"\t345\n", b"\n"])


def test_without_a_terminal_there_is_no_pager(tmp_path):
    assert pager_words({"PATH": programs(tmp_path, "less"), "PAGER": "less"}, terminal=False) == []


def on_terminal(pager: str) -> tuple[int, str]:
    """The status and the output of a program that shows a long text, on a terminal with that pager."""
    leader, follower = pty.openpty()
    environ = {**os.environ, "PYTHONPATH": str(ROOT), "PAGER": pager}
    with subprocess.Popen(
        [sys.executable, "-c", SHOW], stdin=follower, stdout=follower, stderr=follower, env=environ
    ) as shown:
        os.close(follower)
        output = b""
        while True:
            try:
                piece = os.read(leader, 65536)
            except OSError:  # nobody has the other end any more
                break
            if not piece:
                break
            output += piece
    os.close(leader)
    return shown.returncode, output.decode()


def test_the_pager_gets_the_whole_text_and_has_the_terminal():
    assert on_terminal("wc -l; test -t 1 && echo a terminal") == (0, "200000\r\na terminal\r\nand then\r\n")


def test_a_pager_that_is_left_early_ends_nothing_but_itself():
    assert on_terminal("head -n 1") == (0, "line 0\r\nand then\r\n")


def test_a_pager_that_is_not_there_is_the_shells_one_line():
    status, output = on_terminal("no-such-pager")
    assert (status, "no-such-pager" in output, "Traceback" in output) == (0, True, False)
