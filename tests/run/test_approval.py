"""Approval jobs: by an option, by a person, or by nobody."""

import contextlib
import os
import pty
import threading

import pytest

from ci.errors import Position
from ci.events import ApprovalAnswered, ApprovalAsked
from ci.run.approval import Approvals
from ci.workflow.job_instances import JobInstance

HOLD = JobInstance("hold-eu", "approval", "hold", "hold", (), (), (), Position("config.yml", 1, 1))


@pytest.mark.parametrize("word", ["hold-eu", "hold", "all"])
def test_the_option_approves_by_name_or_all_of_them(word):
    assert Approvals((word,), terminal=False).ask(HOLD, print, threading.Event()) is True


def test_without_option_and_terminal_there_is_nobody_to_ask():
    assert Approvals(("other",), terminal=False).ask(HOLD, print, threading.Event()) is None


@pytest.mark.parametrize(("typed", "approved"), [("y\n", True), ("no\n", False), ("what\nyes\n", True)])
def test_a_person_is_asked_until_the_answer_is_clear(typed, approved, monkeypatch):
    events = []
    with typing(typed, monkeypatch):
        assert Approvals((), terminal=True).ask(HOLD, events.append, threading.Event()) is approved
    *asked, answered = events
    assert [(type(each), each.job) for each in asked] == typed.count("\n") * [(ApprovalAsked, "hold-eu")]
    assert (type(answered), answered.job, answered.approved) == (ApprovalAnswered, "hold-eu", approved)


def test_a_run_that_ends_asks_no_longer_and_gives_the_terminal_back(monkeypatch):
    ended, events = threading.Event(), []

    def emit(event):
        events.append(event)
        ended.set()

    with typing("", monkeypatch):
        assert Approvals((), terminal=True).ask(HOLD, emit, ended) is None
    assert [type(each) for each in events] == [ApprovalAsked, ApprovalAnswered]
    assert events[-1].approved is None


@contextlib.contextmanager
def typing(text, monkeypatch):
    """A terminal as standard input, at which a person has typed the text."""
    master, slave = pty.openpty()
    try:
        with os.fdopen(slave) as terminal:
            monkeypatch.setattr("sys.stdin", terminal)
            os.write(master, text.encode())
            yield
    finally:
        os.close(master)
