"""Several reporters behind one emit: events reach each of them one at a time, in one order."""

from __future__ import annotations

import _thread
import contextlib
import signal
import sys
import threading
from collections.abc import Iterator, Sequence
from typing import Protocol

from ..events import Emit, Event


class Reporter(Protocol):
    """Takes events in order; ``close`` is called once, after the last."""

    def __call__(self, event: Event) -> None: ...

    def close(self) -> None: ...


@contextlib.contextmanager
def reporting(reporters: Sequence[Reporter]) -> Iterator[Emit]:
    """Open an emit that may be called from any thread; close the reporters after it.

    A reporter whose reader has gone gets no more events, and the run ends as if its terminal had gone. Raise
    BrokenPipeError then, once it has ended.
    """
    lock = threading.Lock()
    read = list(reporters)
    gone = threading.Event()

    def emit(event: Event) -> None:
        with lock:
            for reporter in tuple(read):
                try:
                    reporter(event)
                except BrokenPipeError:
                    read.remove(reporter)
                    gone.set()
                    _end_run()

    with contextlib.ExitStack() as stack:
        for reporter in reporters:
            stack.callback(_close, reporter)
        try:
            yield emit
        except KeyboardInterrupt:
            if gone.is_set():
                raise BrokenPipeError from None
            raise


def _close(reporter: Reporter) -> None:
    with contextlib.suppress(BrokenPipeError):
        reporter.close()


def _end_run() -> None:
    with contextlib.suppress(OSError):
        print("the run ends: nobody reads its output any more", file=sys.stderr)
    _thread.interrupt_main(signal.SIGHUP)
