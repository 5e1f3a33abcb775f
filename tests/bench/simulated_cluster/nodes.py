"""What becomes of a Pod: it waits for a place, its container starts, it is deleted."""

from __future__ import annotations

import asyncio
from collections import deque
from pathlib import Path
from typing import Any

from . import pod_status
from .capacity import Capacity, wanted
from .container import Container
from .pod_store import PodStore

Json = dict[str, Any]


class Nodes:
    """Schedules Pods in the order of their coming, and runs them."""

    def __init__(self, store: PodStore, capacity: Capacity, start_seconds: float, folder: Path) -> None:
        self._store, self._capacity = store, capacity
        self._start_seconds, self._folder = start_seconds, folder
        self._waiting: deque[str] = deque()
        self._containers: dict[str, Container] = {}
        self._starting: set[asyncio.Task[None]] = set()

    def container(self, pod: str) -> Container | None:
        """Return the container of a Pod that runs."""
        return self._containers.get(pod)

    def add(self, pod: Json) -> None:
        """Take a Pod that has just been accepted."""
        found = self._store.put(pod)
        self._waiting.append(pod["metadata"]["name"])
        self._schedule()
        if pod["metadata"]["name"] in self._waiting:
            self._store.put(found, status=pod_status.unschedulable(self._capacity.refusal()))

    def _schedule(self) -> None:
        while self._waiting:
            pod = self._store.pods[self._waiting[0]]
            node = self._capacity.take(wanted(pod))
            if node is None:
                return
            self._waiting.popleft()
            spec = {**pod["spec"], "nodeName": node}
            starting = asyncio.ensure_future(
                self._start(self._store.put(pod, spec=spec, status=pod_status.scheduled()))
            )
            self._starting.add(starting)
            starting.add_done_callback(self._starting.discard)

    async def _start(self, pod: Json) -> None:
        name = pod["metadata"]["name"]
        self._store.put(pod, status=pod_status.creating(pod))
        await asyncio.sleep(self._start_seconds)
        if self._is_wanted(name):
            container = Container(self._folder, pod)
            await container.start()
            self._containers[name] = container
        if self._is_wanted(name):
            self._store.put(self._store.pods[name], status=pod_status.running(pod))

    def _is_wanted(self, name: str) -> bool:
        return name in self._store.pods and "deletionTimestamp" not in self._store.pods[name]["metadata"]

    async def delete(self, name: str) -> None:
        """End a Pod, as a kubelet does, then remove it."""
        pod = self._store.pods[name]
        if "deletionTimestamp" in pod["metadata"]:
            return
        pod = self._store.put(pod, metadata={**pod["metadata"], "deletionTimestamp": pod_status.now()})
        await asyncio.sleep(0)  # the answer to the question comes first
        node = pod["spec"].get("nodeName")
        if container := self._containers.pop(name, None):
            container.remove()
        if node:
            pod = self._store.put(pod, status=pod_status.ended(pod))
            self._capacity.give_back(node, wanted(pod))
        else:
            self._waiting.remove(name)
        self._store.remove(name)
        self._schedule()
