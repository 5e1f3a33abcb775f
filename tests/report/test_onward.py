"""Events of the part of a run that comes after it was left."""

from __future__ import annotations

from ci.events import Notice, RunStarted
from ci.report.onward import Onward


class Kept(list):
    """A reporter that keeps what it gets."""

    closed = False

    def __call__(self, event):
        self.append(event)

    def close(self):
        self.closed = True


def test_a_run_does_not_begin_twice():
    kept = Kept()
    onward = Onward(kept)
    notice = Notice(1, "text")
    for event in (RunStarted(0, "id", "w", "host", "why", "runs/id", ("a",)), notice):
        onward(event)
    onward.close()
    assert kept == [notice]
    assert kept.closed
