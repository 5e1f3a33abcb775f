"""Several reporters behind one emit: events reach each of them one at a time, in one order."""

from __future__ import annotations

import contextlib
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
    """Open an emit that may be called from any thread; close the reporters after it."""
    lock = threading.Lock()

    def emit(event: Event) -> None:
        with lock:
            for reporter in reporters:
                reporter(event)

    with contextlib.ExitStack() as stack:
        for reporter in reporters:
            stack.callback(reporter.close)
        yield emit
