"""Writes that are asked for often, and take a small share of the time however long one takes."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable

SHARE = 50
"""After a write comes that many times what it took of the processor without one: on a busy machine no more."""


class PacedWrites:
    """Calls ``write`` at once, or as soon as its turn comes for all that has asked for it meanwhile."""

    def __init__(
        self,
        write: Callable[[], None],
        clock: Callable[[], float] = time.monotonic,
        taken: Callable[[], float] = time.thread_time,
    ) -> None:
        self._write = write
        self._clock = clock
        self._taken = taken
        self._lock = threading.Lock()
        self._next = clock()
        self._timer: threading.Timer | None = None

    def ask(self) -> None:
        """Have what there is now written before long, from this thread or another."""
        with self._lock:
            wait = self._next - self._clock()
            if wait <= 0:
                self._call()
            elif self._timer is None:
                self._timer = threading.Timer(wait, self._late)
                self._timer.daemon = True
                self._timer.start()

    def now(self) -> None:
        """Write what there is now; nothing is written after this without being asked for again."""
        with self._lock:
            self._call()

    def _late(self) -> None:
        with self._lock:
            if self._timer is threading.current_thread():
                self._call()

    def _call(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        began = self._taken()
        self._write()
        self._next = self._clock() + SHARE * (self._taken() - began)
