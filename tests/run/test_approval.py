"""Approval jobs: by an option, by a person, or by nobody."""

import io
import os
import pty
import threading

import pytest

from ci.errors import Position
from ci.run.approval import Approvals
from ci.workflow.job_instances import JobInstance

HOLD = JobInstance("hold-eu", "approval", "hold", "hold", (), (), (), Position("config.yml", 1, 1))


@pytest.mark.parametrize("word", ["hold-eu", "hold", "all"])
def test_the_option_approves_by_name_or_all_of_them(word):
    assert Approvals((word,), terminal=False).ask(HOLD, threading.Event()) is True


def test_without_option_and_terminal_there_is_nobody_to_ask():
    assert Approvals(("other",), terminal=False).ask(HOLD, threading.Event()) is None


@pytest.mark.parametrize(("typed", "approved"), [("y\n", True), ("no\n", False), ("what\nyes\n", True)])
def test_a_person_is_asked_until_the_answer_is_clear(typed, approved, monkeypatch, capsys):
    master, slave = pty.openpty()
    try:
        with os.fdopen(slave) as terminal:
            monkeypatch.setattr("sys.stdin", terminal)
            os.write(master, typed.encode())
            assert Approvals((), terminal=True).ask(HOLD, threading.Event()) is approved
    finally:
        os.close(master)
    assert capsys.readouterr().out.count("Approve hold-eu? [y/n] ") == typed.count("\n")


class EndingWhenAsked(io.StringIO):
    """A terminal in front of which the run ends once the question is there."""

    def __init__(self, ended):
        super().__init__()
        self.ended = ended

    def flush(self):
        self.ended.set()


def test_a_run_that_ends_asks_no_longer(monkeypatch):
    master, slave = pty.openpty()
    ended = threading.Event()
    monkeypatch.setattr("sys.stdout", EndingWhenAsked(ended))
    try:
        with os.fdopen(slave) as terminal:
            monkeypatch.setattr("sys.stdin", terminal)
            assert Approvals((), terminal=True).ask(HOLD, ended) is None
    finally:
        os.close(master)
