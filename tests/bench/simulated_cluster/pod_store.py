"""The Pods that there are, and who watches them."""

from __future__ import annotations

import asyncio
import json
from collections import deque
from collections.abc import AsyncIterator
from typing import Any

Json = dict[str, Any]
KEPT = 2000
"""How many of the last changes can be asked for again."""


class PodStore:
    """Pods by their names. Each change has a number, from which a watch can go on."""

    def __init__(self) -> None:
        self.pods: dict[str, Json] = {}
        self._version = 1
        self._changes: deque[tuple[int, dict[str, str], bytes]] = deque(maxlen=KEPT)
        self._watching: set[asyncio.Queue[tuple[dict[str, str], bytes]]] = set()

    def put(self, pod: Json, **changed: Any) -> Json:
        """Have a Pod with other ``status``, ``spec`` or ``metadata``; tell who watches."""
        name = pod["metadata"]["name"]
        found = {**pod, **changed}
        kind = "MODIFIED" if name in self.pods else "ADDED"
        self.pods[name] = self._tell(kind, found)
        return self.pods[name]

    def remove(self, name: str) -> None:
        self._tell("DELETED", self.pods.pop(name))

    def _tell(self, kind: str, pod: Json) -> Json:
        self._version += 1
        told = {**pod, "metadata": {**pod["metadata"], "resourceVersion": str(self._version)}}
        line = json.dumps({"type": kind, "object": told}).encode() + b"\n"
        labels = told["metadata"].get("labels") or {}
        self._changes.append((self._version, labels, line))
        for each in self._watching:
            each.put_nowait((labels, line))
        return told

    def listed(self, selector: str) -> Json:
        """Return the Pods that labels find, as a PodList."""
        wanted = _labels(selector)
        found = [each for each in self.pods.values() if _has(each["metadata"].get("labels") or {}, wanted)]
        return {"kind": "PodList", "items": found, "metadata": {"resourceVersion": str(self._version)}}

    async def watch(self, selector: str, since: int) -> AsyncIterator[bytes]:
        """Yield the changes of the Pods that labels find, a line each."""
        wanted = _labels(selector)
        queue: asyncio.Queue[tuple[dict[str, str], bytes]] = asyncio.Queue()
        for version, labels, line in self._changes:
            if version > since:
                queue.put_nowait((labels, line))
        self._watching.add(queue)
        try:
            while True:
                labels, line = await queue.get()
                if _has(labels, wanted):
                    yield line
        finally:
            self._watching.discard(queue)


def _labels(selector: str) -> dict[str, str]:
    return dict(each.split("=", 1) for each in selector.split(",") if each)


def _has(labels: dict[str, str], wanted: dict[str, str]) -> bool:
    return wanted.items() <= labels.items()
