"""One watch for all Pods that some labels find: each follower hears the newest state of its Pod.

https://kubernetes.io/docs/reference/using-api/api-concepts/#efficient-detection-of-changes
"""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from .api_refusals import NoAnswer, Refused
from .requests import Requests

Json = dict[str, Any]
Report = Callable[[Json | None], None]
WATCH_SECONDS = 240
SILENCE_SECONDS = 300.0
PAUSES = (0.2, 0.5, 1.0, 2.0)
LONG_SECONDS = 5.0
"""A watch that lasts as long as that was a good one, and is had again soon."""
SILENT_SECONDS = 5.0
"""How long every question may go without an answer before that is worth telling."""
GONE = 410


class PodWatch:
    """Watches in a thread of its own until it is closed."""

    def __init__(self, requests: Requests, place: str, selector: str) -> None:
        self._requests, self._place, self._selector = requests, place, selector
        self._lock = threading.Lock()
        self._reporting = threading.Lock()
        """Held while a state is reported, so that none is after a later one."""
        self._known: dict[str, Json] = {}
        self._followers: dict[str, Report] = {}
        self._over = threading.Event()
        self._version = ""
        self._silence: tuple[float, str] | None = None
        """Since when no answer has come, and why the last one did not."""
        threading.Thread(target=self._run, name="watch of Pods", daemon=True).start()

    def follow(self, pod: str, report: Report) -> None:
        """Call ``report`` with each state of a Pod of that name, at once with the one known; None: it is not there."""
        with self._reporting:
            with self._lock:
                self._followers[pod] = report
                known = self._known.get(pod)
            report(known)

    def forget(self, pod: str) -> None:
        with self._lock:
            self._followers.pop(pod, None)

    def close(self) -> None:
        self._over.set()

    @property
    def silence(self) -> str:
        """Why the cluster has not answered for some seconds; empty if it has."""
        found = self._silence
        return found[1] if found and time.monotonic() - found[0] >= SILENT_SECONDS else ""

    def _run(self) -> None:
        attempts = 0
        while not self._over.is_set():
            began = time.monotonic()
            try:
                if not self._version:
                    self._list()
                self._watch()
            except Refused:
                self._answered()
                self._version = ""  # too old, as after a long sleep
            except NoAnswer as error:
                since = self._silence[0] if self._silence else time.monotonic()
                self._silence = since, str(error)
            attempts = 0 if time.monotonic() - began > LONG_SECONDS else attempts + 1
            self._over.wait(PAUSES[min(attempts, len(PAUSES) - 1)])

    def _answered(self) -> None:
        self._silence = None

    def _list(self) -> None:
        answer = self._requests.ask("GET", self._place, {"labelSelector": self._selector})
        self._answered()
        with _parsing():
            found = json.loads(answer)
            pods = {each["metadata"]["name"]: each for each in found["items"] or ()}
            version = found["metadata"]["resourceVersion"]
        with self._lock:
            gone = [name for name in self._known if name not in pods]
        for name, pod in pods.items():
            self._report(name, pod)
        for name in gone:
            self._report(name, None)
        self._version = version

    def _watch(self) -> None:
        query = {
            "watch": "true",
            "labelSelector": self._selector,
            "resourceVersion": self._version,
            "allowWatchBookmarks": "true",
            "timeoutSeconds": str(WATCH_SECONDS),
        }
        for line in self._requests.lines(self._place, query, SILENCE_SECONDS, self._answered):
            if self._over.is_set():
                return
            with _parsing():
                event = json.loads(line)
                kind, found = event["type"], event["object"]
                if kind == "ERROR":
                    raise Refused(int(found.get("code", GONE)), found.get("reason", ""), found.get("message", ""))
                version, name = found["metadata"]["resourceVersion"], found["metadata"].get("name", "")
            self._version = version
            if kind != "BOOKMARK":
                self._report(name, None if kind == "DELETED" else found)

    def _report(self, name: str, pod: Json | None) -> None:
        with self._reporting:
            with self._lock:
                if pod is None:
                    self._known.pop(name, None)
                else:
                    self._known[name] = pod
                report = self._followers.get(name)
            if report:
                report(pod)


@contextmanager
def _parsing() -> Iterator[None]:
    """Raise NoAnswer for what is no answer, such as half a line where it has broken off."""
    try:
        yield
    except (ValueError, KeyError, TypeError) as error:
        raise NoAnswer(f"no answer of an API server: {error!r}") from None
