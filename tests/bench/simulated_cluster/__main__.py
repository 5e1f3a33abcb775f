"""Stands for kubectl: ``config view`` names one cluster, ``proxy --unix-socket=PATH`` is that cluster."""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import resource
import signal
import sys
from pathlib import Path

from . import settings
from .api_server import ApiServer
from .capacity import Capacity
from .container import end_all
from .nodes import Nodes
from .pod_store import PodStore

NAME, NAMESPACE = "simulated", "default"
SOCKET = "--unix-socket="
QUEUE = 1024
"""Connections that wait to be taken."""


def main() -> None:
    if "view" in sys.argv:
        contexts = [{"name": NAME, "context": {"namespace": NAMESPACE}}]
        print(json.dumps({"current-context": NAME, "contexts": contexts}))
        return
    path = next(each for each in sys.argv if each.startswith(SOCKET)).removeprefix(SOCKET)
    size, folder = settings.read(os.environ[settings.VARIABLE])
    os.dup2(os.open(folder / settings.LOG, os.O_WRONLY | os.O_CREAT | os.O_APPEND), sys.stderr.fileno())
    hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    try:
        asyncio.run(_serve(path, size, settings.pods_folder(folder)))
    finally:
        end_all(settings.pods_folder(folder))


async def _serve(path: str, size: settings.Size, folder: Path) -> None:
    if sys.version_info < (3, 12):  # later it is what Python itself takes: a thread for each process is too much
        watcher = asyncio.PidfdChildWatcher()
        watcher.attach_loop(asyncio.get_running_loop())
        asyncio.set_child_watcher(watcher)
    loop, over = asyncio.get_running_loop(), asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, over.set)
    store = PodStore()
    nodes = Nodes(store, Capacity(size.nodes, size.processors), size.start_seconds, folder)
    api = ApiServer(store, nodes, NAMESPACE)
    with contextlib.suppress(FileNotFoundError):
        os.unlink(path)
    server = await asyncio.start_unix_server(api.serve, path, backlog=QUEUE)
    async with server:
        await over.wait()


if __name__ == "__main__":
    with contextlib.suppress(KeyboardInterrupt):
        main()
