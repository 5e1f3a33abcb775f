"""Approval jobs: approved by an option, by a person at the terminal, or not at all."""

from __future__ import annotations

import select
import sys
import threading
import time
from collections.abc import Callable, Sequence

from ..events import ApprovalAnswered, ApprovalAsked, Emit
from ..workflow.job_instances import JobInstance


class Approvals:
    """Answers whether an approval job is approved; questions are asked one at a time."""

    def __init__(self, approved: Sequence[str], terminal: bool) -> None:
        self._approved = frozenset(approved)
        self._terminal = terminal
        self._lock = threading.Lock()

    def ask(self, instance: JobInstance, emit: Emit, cancel: threading.Event) -> bool | None:
        """True: approved; False: declined; None: there is nobody to ask, or the run ended first."""
        if self._approved & {"all", *instance.names}:
            return True
        if not self._terminal:
            return None
        with self._lock:
            answer = None
            try:
                answer = _answer(lambda: emit(ApprovalAsked(time.time(), instance.name)), cancel)
            finally:
                emit(ApprovalAnswered(time.time(), instance.name, answer))
            return answer


def _answer(ask: Callable[[], None], cancel: threading.Event) -> bool | None:
    ask()
    while not cancel.is_set():
        ready, _, _ = select.select([sys.stdin], [], [], 0.1)
        if not ready:
            continue
        line = sys.stdin.readline()
        if not line:
            return None
        if line.strip().lower() in ("y", "yes"):
            return True
        if line.strip().lower() in ("n", "no"):
            return False
        ask()
    return None
