"""What an API server answers to the questions of ci/engines/kubernetes/cluster, over a socket in the file system."""

from __future__ import annotations

import asyncio
import contextlib
import json
from typing import Any
from urllib.parse import parse_qs, parse_qsl, urlsplit

from . import pod_status
from .exec_server import ExecServer
from .nodes import Nodes
from .pod_store import PodStore

Json = dict[str, Any]
REASONS = {404: "NotFound", 409: "AlreadyExists"}


class ApiServer:
    """Answers one question a connection, as the client asks."""

    def __init__(self, store: PodStore, nodes: Nodes, namespace: str) -> None:
        self._store, self._nodes, self._namespace = store, nodes, namespace
        self._pods = f"/api/v1/namespaces/{namespace}/pods"
        self._deleting: set[asyncio.Task[None]] = set()

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Take a connection, and close it, at the program's end too."""
        with contextlib.suppress(ConnectionError, asyncio.IncompleteReadError, asyncio.CancelledError):
            head = await reader.readuntil(b"\r\n\r\n")
            method, target, _ = head.split(b"\r\n", 1)[0].decode().split(" ")
            body = await reader.readexactly(_length(head))
            place = urlsplit(target)
            query = {name: values[-1] for name, values in parse_qs(place.query).items()}
            if place.path.endswith("/exec"):
                await self._exec(place.path, place.query, head, reader, writer)
            elif query.get("watch"):
                await self._watch(query, writer)
            else:
                await _answer(writer, *self._answered(method, place.path, query, json.loads(body or b"{}")))
        writer.close()

    def _answered(self, method: str, path: str, query: dict[str, str], body: Json) -> tuple[int, Json]:
        if path == self._pods:
            return (
                self._created(body) if method == "POST" else (200, self._store.listed(query.get("labelSelector", "")))
            )
        if path.startswith(f"{self._pods}/"):
            return self._one(method, path.removeprefix(f"{self._pods}/"))
        if path == f"/api/v1/namespaces/{self._namespace}":
            return 200, {"kind": "Namespace", "metadata": {"name": self._namespace}}
        if path == f"/api/v1/namespaces/{self._namespace}/events":
            return 200, {"kind": "EventList", "items": list(self._events(query["fieldSelector"].partition("=")[2]))}
        if path.endswith("/selfsubjectaccessreviews"):
            return 201, {"status": {"allowed": True}}
        if path.endswith("/selfsubjectrulesreviews"):
            return 201, {"status": {"resourceRules": [{"apiGroups": ["*"], "resources": ["*"], "verbs": ["*"]}]}}
        if path == "/version":
            return 200, {"gitVersion": "v1.34.0-simulated"}
        return _refused(404, f"the simulated cluster has no {path}")

    def _created(self, manifest: Json) -> tuple[int, Json]:
        name = manifest["metadata"]["name"]
        if name in self._store.pods:
            return _refused(409, f'pods "{name}" already exists')
        pod = pod_status.accepted(manifest, self._namespace)
        self._nodes.add(pod)
        return 201, self._store.pods[name]

    def _one(self, method: str, name: str) -> tuple[int, Json]:
        pod = self._store.pods.get(name)
        if pod is None:
            return _refused(404, f'pods "{name}" not found')
        if method == "DELETE":
            deleting = asyncio.ensure_future(self._nodes.delete(name))
            self._deleting.add(deleting)
            deleting.add_done_callback(self._deleting.discard)
        return 200, pod

    def _events(self, name: str) -> list[Json]:
        """Return what a scheduler and a kubelet have told of a Pod by now."""
        pod = self._store.pods.get(name)
        if pod is None:
            return []
        node = pod["spec"].get("nodeName")
        found = [("Scheduled", f"Successfully assigned {self._namespace}/{name} to {node}")] if node else []
        unplaced = next((each.get("message") for each in pod["status"].get("conditions", ())), None)
        if not node and unplaced:
            found.append(("FailedScheduling", unplaced))
        involved = {"kind": "Pod", "name": name, "namespace": self._namespace, "uid": pod["metadata"]["uid"]}
        return [{"reason": reason, "message": message, "involvedObject": involved} for reason, message in found]

    async def _watch(self, query: dict[str, str], writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n")
        async for line in self._store.watch(query.get("labelSelector", ""), int(query["resourceVersion"])):
            writer.write(b"%x\r\n%s\r\n" % (len(line), line))
            await writer.drain()

    async def _exec(
        self, path: str, query: str, head: bytes, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        name = path.removeprefix(f"{self._pods}/").removesuffix("/exec")
        container = self._nodes.container(name)
        if container is None:
            await _answer(writer, *_refused(404, f'pods "{name}" has no container that runs'))
            return
        words = [value for key, value in parse_qsl(query, keep_blank_values=True) if key == "command"]
        await ExecServer(reader, writer, container).serve(head, words)


def _length(head: bytes) -> int:
    for line in head.split(b"\r\n"):
        name, _, value = line.partition(b":")
        if name.lower() == b"content-length":
            return int(value)
    return 0


def _refused(code: int, message: str) -> tuple[int, Json]:
    found = {"kind": "Status", "status": "Failure", "reason": REASONS[code], "message": message, "code": code}
    return code, found


async def _answer(writer: asyncio.StreamWriter, code: int, content: Json) -> None:
    body = json.dumps(content).encode()
    writer.write(
        b"HTTP/1.1 %d Simulated\r\nContent-Length: %d\r\nConnection: close\r\n\r\n%s" % (code, len(body), body)
    )
    await writer.drain()
