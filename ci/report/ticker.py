"""Something done every so often while a run goes on, in a thread of its own."""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Callable


class Ticker:
    """Calls ``action`` every so many seconds from ``start`` to ``stop``, the first time after ``first`` seconds.

    An error in it is passed to ``failed`` and ends the calls, not the run.
    """

    def __init__(
        self,
        seconds: float,
        action: Callable[[], None],
        failed: Callable[[Exception], None],
        first: float | None = None,
    ) -> None:
        self._failed = failed
        self._seconds = seconds
        self._first = seconds if first is None else first
        self._action = action
        self._ended = threading.Event()
        self._woken = threading.Event()
        self._thread: threading.Thread | None = None

    def start(self) -> None:
        """Start, if it has not started; without it if the machine has no thread to spare."""
        if self._thread is None and not self._ended.is_set():
            self._thread = threading.Thread(target=self._repeat, name="ticker", daemon=True)
            with contextlib.suppress(RuntimeError):
                self._thread.start()

    def stop(self) -> None:
        """Stop; a call of the action that has begun may still end."""
        self._ended.set()
        self._woken.set()

    def wake(self) -> None:
        """Make the next call now, unless the first one is still to come."""
        self._woken.set()

    def _repeat(self) -> None:
        self._ended.wait(self._first)
        while not self._ended.is_set():
            self._woken.clear()
            try:
                self._action()
            except Exception as error:
                self.stop()
                self._failed(error)
            self._woken.wait(self._seconds)
