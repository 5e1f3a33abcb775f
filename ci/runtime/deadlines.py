"""Why and when a step is ended early: canceled, out of the job's time, silent for too long. Pure: time is a value.

Each engine looks at a running step now and then, passes this module what it saw, and does what it returns. Ending a
step is the same everywhere: ask for its end, kill what has not ended a moment later, and give the job up if even that
does not help.
"""

from __future__ import annotations

import math
from typing import Literal

Cause = Literal["exit", "silence", "canceled", "job-time"]
Action = Literal["go-on", "stop", "kill", "give-up"]

KILL_SECONDS = 2.0
"""From the request to end until the kill."""
GIVE_UP_SECONDS = 10.0
"""From the request to end until nothing more is tried."""


class Deadlines:
    """The reasons to end one step; all moments are of one clock, such as ``time.monotonic``.

    ``silence`` is how many seconds it may write nothing (``no_output_timeout``), ``until`` the end of the job's time.
    """

    def __init__(self, now: float, silence: float = math.inf, until: float = math.inf) -> None:
        self.cause: Cause = "exit"
        """Why the step was asked to end; ``exit`` as long as it was not."""
        self._silence, self._until = silence, until
        self._last_output = now
        self._stopped: float | None = None
        self._killed = False

    def note_output(self, now: float) -> None:
        """Note that the step has written something."""
        self._last_output = now

    def next_action(self, now: float, canceled: bool) -> Action:
        """Return what is to be done to the step now; ``stop`` and ``kill`` are returned once each."""
        if self._stopped is None:
            self.cause = self._reason(now, canceled)
            if self.cause == "exit":
                return "go-on"
            self._stopped = now
            return "stop"
        if now > self._stopped + GIVE_UP_SECONDS:
            return "give-up"
        if now > self._stopped + KILL_SECONDS and not self._killed:
            self._killed = True
            return "kill"
        return "go-on"

    def _reason(self, now: float, canceled: bool) -> Cause:
        if canceled:
            return "canceled"
        if now >= self._until:
            return "job-time"
        return "silence" if now - self._last_output >= self._silence else "exit"
