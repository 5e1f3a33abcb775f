"""Waiting for something to read."""

from __future__ import annotations

import fcntl
import os
import resource
from collections.abc import Iterator

import pytest

from ci.system.readable import SELECTABLE, readable


@pytest.fixture(params=[0, SELECTABLE], ids=["low number", "number that select refuses"])
def pipe(request) -> Iterator[tuple[int, int]]:
    """A pipe whose end to read from has at least that number."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    reading, writing = os.pipe()
    high = fcntl.fcntl(reading, fcntl.F_DUPFD_CLOEXEC, request.param)
    os.close(reading)
    yield high, writing
    os.close(high)
    os.close(writing)
    resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))


def test_what_has_come_is_seen_at_once(pipe):
    reading, writing = pipe
    assert not readable(reading, 0.0)
    os.write(writing, b"x")
    assert readable(reading, None)


def test_an_end_is_something_to_read(pipe):
    reading, writing = pipe
    os.dup2(os.open(os.devnull, os.O_WRONLY), writing)
    assert readable(reading, 10.0)
    assert os.read(reading, 1) == b""


@pytest.mark.parametrize("number", [SELECTABLE - 1, SELECTABLE + 7])
def test_a_file_that_is_not_open_is_an_error(number):
    with pytest.raises(OSError, match=r"Bad file descriptor|is not open"):
        readable(number, 0.0)
