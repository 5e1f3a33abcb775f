"""Whether a job's Pod answers: a line for each outage, which goes when the Pod answers again."""

from __future__ import annotations

import math
import threading
import time
from collections.abc import Callable

from ...errors import cut
from ...events import Emit, Progress

TASK = "no word from the Pod of {}"
SILENT_SECONDS = 20.0
"""How long nothing comes before that is reported: a Pod is asked more often, and a busy node answers late."""


class Contact:
    """What is heard of the Pod of a job by that label. All methods may be called from any thread.

    ``silence_limit`` is how many seconds the Pod goes on without hearing that somebody is there.
    """

    def __init__(
        self,
        label: str,
        emit: Emit,
        clock: Callable[[], float] = time.monotonic,
        silence_limit: float = math.inf,
    ) -> None:
        self._label, self._emit, self._clock = label, emit, clock
        self.silence_limit = silence_limit
        self._task = TASK.format(label)
        self._lock = threading.Lock()
        self._silent_since: float | None = None
        self._broken, self._trouble = "", ""
        self._over = False
        self._reported: str | None = None
        """What was reported last of an outage; None while there is none."""

    def heard(self) -> None:
        """Take that something has come from the Pod."""
        if self._silent_since is not None:
            with self._lock:
                self._silent_since, self._broken = None, ""
                self._tell()

    def unheard(self, broken: str = "") -> None:
        """Take that nothing comes, or why there is no connection by which it could."""
        with self._lock:
            if self._silent_since is None:
                self._silent_since = self._clock()
            self._broken = broken or self._broken
            self._tell()

    def silence(self) -> float:
        """Return for how many seconds nothing has come; 0 if something has come last."""
        since = self._silent_since
        return 0.0 if since is None else self._clock() - since

    @property
    def reason(self) -> str:
        """Why nothing comes, so far as is known."""
        return self._trouble or cut(self._broken)

    def trouble(self, text: str) -> None:
        """Take what the cluster says is wrong with a Pod that runs; empty if nothing is."""
        with self._lock:
            self._trouble = text
            self._tell()

    def close(self) -> None:
        """Take that nobody waits for word any more."""
        with self._lock:
            self._silent_since, self._trouble = None, ""
            self._tell()
            self._over = True

    def _tell(self) -> None:
        if self._over:
            return
        if self.silence() < SILENT_SECONDS and not self._trouble:
            if self._reported is not None:
                self._reported = None
                self._emit(Progress(time.time(), self._task, job=self._label, ended=True))
            return
        detail = self.reason
        if detail != self._reported and (detail or self._reported is None):
            self._reported = detail
            self._emit(Progress(time.time(), self._task, detail, self._label))
