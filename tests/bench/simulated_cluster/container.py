"""A Pod's container as a folder: its own paths and its home are in there, its processes are this machine's."""

from __future__ import annotations

import asyncio
import contextlib
import os
import shutil
import signal
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from ci.engines.kubernetes.manifest import SPOOL
from ci.engines.kubernetes.pod_access import task_folder

MARK = "SIMULATED_CLUSTER_FOLDER"
"""The variable of every process of every container: the folder of the cluster."""
BUFFER = 1 << 20


class Container:
    """The primary container of a Pod."""

    def __init__(self, cluster: Path, pod: dict[str, Any]) -> None:
        name = pod["metadata"]["name"]
        self._folder = cluster / name
        self._task_folder = task_folder(name)
        self._home = self._folder / "home"
        self._environ = {"PATH": os.environ["PATH"], "HOME": str(self._home), MARK: str(cluster)}
        self._running: set[asyncio.subprocess.Process] = set()
        self._command: Sequence[str] = pod["spec"]["containers"][0]["command"]

    async def start(self) -> None:
        """Do what its first process does, but for staying there: nobody need look whether this Pod is still wanted."""
        for each in (self._home, self._folder / "spool", self._folder / "spool-end"):
            each.mkdir(parents=True)
        shell, option, text, *_ = self._command
        leave_the_agent = text.replace("$$", "$").rpartition(" && exec sh ")[0]
        started = await self.process((shell, option, leave_the_agent))
        await started.communicate()
        self.let_go(started)

    async def process(self, words: Sequence[str]) -> asyncio.subprocess.Process:
        """Start a process, all paths of the Pod's own program being in the folder. Raise OSError."""
        pipe = asyncio.subprocess.PIPE
        started = await asyncio.create_subprocess_exec(
            *(each.replace(SPOOL, str(self._folder / "spool")) for each in words),
            cwd=self._home,
            env=self._environ,
            stdin=pipe,
            stdout=pipe,
            stderr=pipe,
            start_new_session=True,
            limit=BUFFER,
        )
        self._running.add(started)
        return started

    def let_go(self, process: asyncio.subprocess.Process) -> None:
        """Take that a process has ended."""
        self._running.discard(process)

    def remove(self) -> None:
        """End what is connected to it, and remove its files."""
        for each in self._running:
            if each.returncode is None:  # else its number may be another's by now
                with contextlib.suppress(ProcessLookupError):
                    os.killpg(each.pid, signal.SIGKILL)
        for folder in (self._folder, Path(self._task_folder)):
            shutil.rmtree(folder, ignore_errors=True)


def end_all(cluster: Path) -> None:
    """End every process that the containers of a cluster have left."""
    for pid in left(cluster):
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)


def left(cluster: Path) -> Iterator[int]:
    """Yield the processes of the containers of a cluster."""
    mark = f"{MARK}={cluster}".encode()
    for each in Path("/proc").iterdir():
        with contextlib.suppress(OSError):
            if each.name.isdigit() and mark in (each / "environ").read_bytes().split(b"\0"):
                yield int(each.name)
