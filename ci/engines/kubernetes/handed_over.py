"""A Pod whose steps were sent ahead, while this program still is with other jobs of the run."""

from __future__ import annotations

import queue
import threading
from collections.abc import Sequence
from contextlib import suppress

from ...runtime.failures import JobError
from .choices import ClusterChoices
from .pod import Pod
from .pod_access import PodAccess
from .pod_process import HEARTBEATS

AT_ONCE = 16
"""How many Pods are spoken to at once."""


class HandedOverPod:
    """Ends itself without news of this program, like any other, until it is asked to go on without.

    Raise JobError if the Pod is lost.
    """

    def __init__(self, pod: Pod, access: PodAccess, choices: ClusterChoices) -> None:
        self._pod, self._access, self._choices = pod, access, choices
        self._over = threading.Event()
        self._access.set_limit(choices.silence_limit, detached=True)
        pod.leave()
        self._staying = threading.Thread(target=self._stay, name=f"stay with {pod.name}", daemon=True)
        self._staying.start()

    def _stay(self) -> None:
        while not self._over.wait(self._choices.silence_limit / HEARTBEATS):
            with suppress(JobError):  # it is lost, as whoever comes back will learn
                self._access.set_limit(self._choices.silence_limit, detached=True)

    def go_on(self) -> None:
        """Have it go on without this program."""
        self._over.set()
        self._staying.join()
        with suppress(JobError):
            self._access.set_limit(self._choices.detach_timeout, detached=True)

    def end(self) -> None:
        """Delete it."""
        self._over.set()
        self._pod.end_left()


def go_on(pods: Sequence[HandedOverPod]) -> None:
    """Have Pods go on without this program; return once each knows."""
    left: queue.SimpleQueue[HandedOverPod] = queue.SimpleQueue()
    for pod in pods:
        left.put(pod)

    def tell() -> None:
        with suppress(queue.Empty):
            while True:
                left.get_nowait().go_on()

    # not by a pool, which an interrupted program would wait for
    threads = [threading.Thread(target=tell, daemon=True) for _ in pods[:AT_ONCE]]
    for each in threads:
        each.start()
    for each in threads:
        each.join()
