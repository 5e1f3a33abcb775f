"""What the Pods of a run wait for, as one line for all of them."""

from __future__ import annotations

import threading
import time

from ...events import Emit, Progress

TASK = "waiting for Pods"
AFTER = 2.0
"""Seconds after which a Pod that waits is worth a line."""
CHANGED_AFTER, AGAIN_AFTER = 1.0, 10.0
"""Seconds until what has changed is reported, and until it is reported again if it has not."""
MOST_NAMES = 3


class WaitingPods:
    """Tells what jobs wait for, as they say so; ``tell`` is to be called now and then while a job waits."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._reasons: dict[str, str] = {}
        self._since: dict[str, float] = {}
        self._reported, self._reported_at = "", 0.0

    def tell(self, label: str, reason: str, emit: Emit) -> None:
        """Take what a job waits for."""
        with self._lock:
            now = time.monotonic()
            if now - self._since.setdefault(label, now) < AFTER:
                return
            self._reasons[label] = reason
            if now - self._reported_at < (CHANGED_AFTER if self._reported else 0.0):
                return
            detail = described(self._reasons)
            if detail != self._reported or now - self._reported_at >= AGAIN_AFTER:
                self._reported, self._reported_at = detail, now
                emit(Progress(time.time(), TASK, detail))

    def forget(self, label: str, emit: Emit) -> None:
        """Take that a job waits no longer."""
        with self._lock:
            self._since.pop(label, None)
            if self._reasons.pop(label, None) is not None and not self._reasons:
                self._reported = ""
                emit(Progress(time.time(), TASK, ended=True))


def described(reasons: dict[str, str]) -> str:
    """Return what some jobs wait for: ``build: waits for a node; test/0, test/1 and 7 more: ...``."""
    labels: dict[str, list[str]] = {}
    for label in sorted(reasons):
        labels.setdefault(reasons[label], []).append(label)
    return "; ".join(f"{_names(found)}: {reason}" for reason, found in labels.items())


def _names(labels: list[str]) -> str:
    shown = ", ".join(labels[:MOST_NAMES])
    more = len(labels) - MOST_NAMES
    return f"{shown} and {more} more" if more > 0 else shown
