"""A full disk takes lines of a log, and nothing else."""

import errno
import os

import pytest

from ci.events import Notice
from ci.report.tolerant import Tolerant

EVENT = Notice(0.0, "text", "job")


class Failing:
    def __init__(self, number):
        self.number, self.closed = number, False

    def __call__(self, event):
        raise OSError(self.number, os.strerror(self.number))

    def close(self):
        self.closed = True
        raise OSError(self.number, os.strerror(self.number))


@pytest.mark.parametrize("number", [errno.ENOSPC, errno.EDQUOT])
def test_what_does_not_fit_is_reported_once_and_the_rest_is_still_tried(number):
    said = []
    failing = Failing(number)
    tolerant = Tolerant("the logs", failing, said.append)
    tolerant(EVENT)
    tolerant(EVENT)
    tolerant.close()
    assert failing.closed
    assert said == [f"the logs of this run lack lines: {os.strerror(number)}. Make room; the run goes on"]


@pytest.mark.parametrize("number", [errno.EPIPE, errno.EIO])
def test_any_other_error_is_one(number):
    with pytest.raises(OSError, match=os.strerror(number)):
        Tolerant("the logs", Failing(number), print)(EVENT)
