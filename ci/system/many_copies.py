"""Many files copied at once: while the kernel copies the bytes of one, another thread has the next one copied."""

from __future__ import annotations

import contextlib
import os
import threading

from .cancellation import Check, unchecked
from .file_copy import copy_with_time

FEW = 32
"""Up to here the threads cost more than they save."""
THREADS = 4


class ManyCopies:
    """Copies to make, each from a regular file to a path that does not exist; what has vanished is left out."""

    def __init__(self, kept: int, check: Check = unchecked) -> None:
        self._kept = kept
        self._check = check
        self._left: list[tuple[str, str]] = []
        self._errors: list[Exception] = []

    def add(self, source: str, target: str) -> None:
        self._left.append((source, target))

    def make(self) -> None:
        """Make them all. Raise the first OSError, or what the check has raised."""
        self._left.reverse()
        count = min(THREADS, os.cpu_count() or 1) if len(self._left) > FEW else 1
        others = [threading.Thread(target=self._work, name="copies", daemon=True) for _ in range(count - 1)]
        started = []
        with contextlib.suppress(RuntimeError):  # no thread to spare
            for each in others:
                each.start()
                started.append(each)
        try:
            self._work()
        finally:
            self._left.clear()  # if this thread was interrupted
            for each in started:
                each.join()
        if self._errors:
            raise self._errors[0]

    def _work(self) -> None:
        while not self._errors:
            try:
                source, target = self._left.pop()
            except IndexError:
                return
            try:
                self._check()
                copy_with_time(source, target, self._kept, self._check)
            except FileNotFoundError:
                continue
            except Exception as error:  # raised by the thread that waits for this one
                self._errors.append(error)
