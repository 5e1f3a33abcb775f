"""How often threads look at what cannot wake them, so that hundreds of them leave this program time for its work."""

from __future__ import annotations

import threading
from types import TracebackType

MOST = 1000
"""Looks a second: they take a twentieth of a processor, and of Python's one lock."""
LONGEST = 0.5
"""Seconds between two looks of however many threads: a Ctrl-C is to end all of them within a second."""


class Pace:
    """Use as a context while a thread looks again and again: each ``slice`` seconds, or less often if many do.

    All of them together look no more often than ``most`` times a second, as long as each still looks twice a second.
    """

    def __init__(self, slice: float, most: int = MOST) -> None:
        self._slice, self._most = slice, most
        self._lock = threading.Lock()
        self._threads = 0

    def __enter__(self) -> Pace:
        with self._lock:
            self._threads += 1
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        with self._lock:
            self._threads -= 1

    def seconds(self) -> float:
        """Return how long a thread is to wait before it looks again."""
        return min(max(self._slice, self._threads / self._most), LONGEST)
