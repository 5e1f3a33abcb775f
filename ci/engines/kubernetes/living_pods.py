"""The Pods of the jobs that run: when a run is ended, none of them is waited for longer than its steps may take."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager

from ...runtime.deadlines import KILL_SECONDS
from .pod import Pod

LONGEST = KILL_SECONDS + 1.0
"""Seconds from the end of a run until nobody waits for its Pods: steps have been killed by then."""
LOOK_SECONDS = 1.0


class LivingPods:
    """Lets go of the Pods of jobs that have not ended in time, as where the cluster does not answer."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._pods: set[Pod] = set()
        self._over = threading.Event()
        self._watching: threading.Thread | None = None

    @contextmanager
    def with_one_more(self, pod: Pod, cancel: threading.Event) -> Iterator[None]:
        """Have the job of a Pod end in time once ``cancel`` is set."""
        with self._lock:
            self._pods.add(pod)
            if self._watching is None:
                self._watching = threading.Thread(target=self._watch, args=[cancel], name="end of Pods", daemon=True)
                self._watching.start()
        try:
            yield
        finally:
            with self._lock:
                self._pods.discard(pod)

    def _watch(self, cancel: threading.Event) -> None:
        while not self._over.is_set():
            if cancel.wait(LOOK_SECONDS):
                self._over.wait(LONGEST)
                with self._lock:
                    pods = list(self._pods)
                for pod in pods:
                    pod.let_go()

    def close(self) -> None:
        """Watch no more."""
        self._over.set()
