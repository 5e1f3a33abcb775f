"""A process that does one thing for this one, ends with it, and can be ended by it alone."""

from __future__ import annotations

import contextlib
import os
import signal
import sys
import threading
from collections.abc import Callable
from typing import NoReturn

from ..errors import FAILED
from ..process import end_uncollected
from .message_pipe import MessagePipe


class Child:
    """A fork of this process, in a session of its own: a terminal's Ctrl-C does not reach it."""

    def __init__(self, work: Callable[[MessagePipe], int]) -> None:
        """Start ``work``, whose result is the exit status. To be called while this process has one thread."""
        sys.stdout.flush()
        sys.stderr.flush()
        self.messages = MessagePipe()
        lifeline, self._held = os.pipe()
        self._status: int | None = None
        self.pid = os.fork()
        if self.pid == 0:
            self.messages.keep_writing()
            os.close(self._held)
            _work(work, self.messages, lifeline)
        os.close(lifeline)
        self.messages.keep_reading()

    def signal(self, number: int) -> None:
        """Send a signal to the child unless it has ended."""
        if self._status is None:
            os.kill(self.pid, number)

    def wait(self, block: bool = True) -> int | None:
        """Return the exit status, 128 + N for signal N; None if it goes on and ``block`` is false."""
        if self._status is None:
            pid, status = os.waitpid(self.pid, 0 if block else os.WNOHANG)
            if pid:
                code = os.waitstatus_to_exitcode(status)
                self._status = code if code >= 0 else 128 - code
                os.close(self._held)
        return self._status

    def close(self) -> None:
        """Wait for the end of the child and let go of it."""
        self.wait()
        self.messages.close()


def _work(work: Callable[[MessagePipe], int], messages: MessagePipe, lifeline: int) -> NoReturn:
    status = FAILED
    try:
        os.setsid()
        threading.Thread(target=_end_with_parent, args=(lifeline,), daemon=True).start()
        status = work(messages)
        for stream in (sys.stdout, sys.stderr):
            with contextlib.suppress(OSError):
                stream.flush()
    finally:  # nothing of the process that was forked may go on in this one
        end_uncollected()
        os._exit(status)


def _end_with_parent(lifeline: int) -> None:
    """End this process, as Ctrl-C does, once the one that has started it is gone: the pipe between them is closed."""
    os.read(lifeline, 1)
    os.kill(os.getpid(), signal.SIGTERM)
