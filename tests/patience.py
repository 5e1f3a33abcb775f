"""Waiting for what comes true in a while, and whether a process still runs."""

from __future__ import annotations

import time
from collections.abc import Callable

PATIENCE = 60.0
ASLEEP = 'until [ "$(cat /proc/$!/comm)" = sleep ]; do sleep 0.01; done; '
"""Waits until ``nohup`` or ``setsid`` has become the ``sleep`` that it runs: before that the step's end hangs it up."""


def eventually(true: Callable[[], bool]) -> bool:
    """Whether something comes true in time."""
    until = time.monotonic() + PATIENCE
    while not true() and time.monotonic() < until:
        time.sleep(0.02)
    return true()


def alive(pid: int | str) -> bool:
    """Whether a process runs; one that has ended and waits to be asked for does not."""
    try:
        with open(f"/proc/{pid}/stat") as file:
            return file.read().rpartition(")")[2].split()[0] != "Z"
    except (FileNotFoundError, ProcessLookupError):  # it ended before it was opened, or read
        return False
