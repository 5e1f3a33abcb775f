"""The engine's side of a job's supervisor: start steps, hear how they ended, end all."""

from __future__ import annotations

import contextlib
import marshal
import os
import select
import socket
import sys
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from ... import process
from ...runtime.box import Ended
from ...runtime.errors import JobError

HEADER = 4
END_SECONDS = 15.0
"""Longer than the supervisor itself takes to give up on what it cannot end."""
PROGRAM = Path(__file__).with_name("supervisor.py")
_START = f"import sys; sys.path.append({os.fspath(PROGRAM.parent)!r}); import supervisor; supervisor.run()"


class Supervision:
    """A running supervisor. ``exits`` holds the status of each step that ended, negative for a signal;
    ``errors`` why one could not be started."""

    def __init__(self, folders: Sequence[Path]) -> None:
        self.exits: dict[int, int] = {}
        self.errors: dict[int, str] = {}
        self._keys = 0
        self._received = bytearray()
        self._control, far = socket.socketpair()
        with far:
            self._process = process.start(
                [sys.executable, "-I", "-S", "-c", _START, str(far.fileno()), *map(os.fspath, folders)],
                cwd=tempfile.gettempdir(),
                env={},
                stdout=process.NOWHERE,
                stderr=process.NOWHERE,
                pass_fds=(far.fileno(),),
            )

    @property
    def pid(self) -> int:
        """The process that guards the supervisor, its parent."""
        return self._process.pid

    def fileno(self) -> int:
        """What becomes readable when there is something to receive."""
        return self._control.fileno()

    def start(self, words: Sequence[str], environment: Mapping[str, str], directory: str, output: int) -> int:
        """Start a process whose output goes to that descriptor; gives the key by which it is known."""
        self._keys += 1
        self._send(("start", self._keys, list(words), dict(environment), directory), output)
        return self._keys

    def stop(self, key: int) -> None:
        """Ask for the end of one process and its descendants; its exit is told as ever."""
        self._send(("stop", key))

    def receive(self) -> None:
        """Take what the supervisor has said; waits for it. Raises JobError where it is no more."""
        try:
            data = self._control.recv(65536)
        except ConnectionError:  # it was killed with a message unread
            data = b""
        if not data:
            self._lost()
        self._received += data
        while len(self._received) >= HEADER:
            size = HEADER + int.from_bytes(self._received[:HEADER], "little")
            if len(self._received) < size:
                return
            word, key, value = marshal.loads(self._received[HEADER:size])
            del self._received[:size]
            if word == "exit":
                self.exits[key] = value
            else:
                self.errors[key] = value

    def how(self, key: int) -> Ended:
        """How a process ended, once all has: by itself, or by the job's end."""
        if key in self.errors:
            return Ended(126)
        if key in self.exits:
            return Ended(status if (status := self.exits[key]) >= 0 else 128 - status)
        return Ended(0, "job-end")

    def end(self) -> None:
        """End everything that was started; on return nothing of it is left, nor the folders. May be called again."""
        if self._control.fileno() < 0:
            return
        self._catch_up()
        self._control.close()
        if process.wait(self._process, END_SECONDS) is None:
            process.end_group(self._process)

    def _catch_up(self) -> None:
        with contextlib.suppress(JobError, OSError):
            poll = select.poll()
            poll.register(self, select.POLLIN)
            while poll.poll(0):
                self.receive()

    def _send(self, message: tuple[Any, ...], descriptor: int | None = None) -> None:
        body = marshal.dumps(message)
        packet = len(body).to_bytes(HEADER, "little") + body
        try:
            if descriptor is None:
                self._control.sendall(packet)
                return
            sent = socket.send_fds(self._control, [packet], [descriptor])
            self._control.sendall(packet[sent:])
        except OSError:
            self._lost()

    def _lost(self) -> None:
        status = process.wait(self._process, END_SECONDS)
        how = "" if status is None else f", status {status}"
        raise JobError(f"the job's supervisor was killed{how}; its processes were ended")
