"""The guard of a job's supervisor, as the engine sees it: a process of this one, or one that the fork server made.

A Python of its own for each job would be most of what a job costs. A run keeps one ready, the fork server, which has
all loaded that a supervisor needs: it tries out first whether a job can have a view of its own, and each job gets a
fork of it. It has nothing of this process: a fork of this one would show a job the user's variables. Where it cannot
help, a job's guard is started as a process of this one.
"""

from __future__ import annotations

import contextlib
import os
import select
import signal
import sys
import threading
import time
import weakref
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Protocol, TypeVar

from ... import process
from ...system.temporary import temporary_folder, temporary_place
from . import control_socket
from .control_socket import Socket
from .packets import packed, send

T = TypeVar("T")

PROGRAM = Path(__file__).with_name("supervisor.py")
READY = "ready"
"""In the place of a job's namespaces: be the fork server."""
ANSWER_SECONDS = 5.0
"""How long the fork server may take for an answer before a job does without it."""
PATIENCE = 0.5
"""How long it may be silent before it gets SIGCONT, in case somebody has stopped it."""
END_SECONDS = 2.0
UNKNOWN = -signal.SIGKILL
"""The status of a guard that nobody could ask for it: its parent was killed."""
_START = f"import sys; sys.path.append({os.fspath(PROGRAM.parent)!r}); import supervisor; supervisor.run()"


class Guard(Protocol):
    """The parent of a job's supervisor; ``pid`` is its process group too."""

    pid: int

    def wait(self, seconds: float) -> int | None:
        """Return its status once it has ended, negative for a signal; None if it goes on for that long."""

    def kill(self) -> None:
        """End it and its process group."""


TryOut = tuple[str | None, list[str]]
"""Why no job can have a view of its own, None if one can; the folders that it would share even so."""
StartGuard = Callable[[Socket, str, Sequence[str]], Guard]
"""Starts the guard of a supervisor with that end of its control socket, its namespaces and the folders to remove."""


class OwnGuard:
    """A guard that is a child of this process."""

    def __init__(self, far: Socket, namespaces: str, folders: Sequence[str]) -> None:
        self._process = _python(far, namespaces, *folders)
        self.pid = self._process.pid

    def wait(self, seconds: float) -> int | None:
        return process.wait(self._process, seconds)

    def kill(self) -> None:
        process.end_group(self._process)


class ForkedGuard:
    """A guard that is a child of the fork server, which keeps its number until it is asked for its status."""

    def __init__(self, pid: int, server: ForkServer) -> None:
        self.pid = pid
        self._server = server
        self._descriptor = os.pidfd_open(pid)
        self._status: int | None = None

    def wait(self, seconds: float) -> int | None:
        if self._status is None:
            poll = select.poll()
            poll.register(self._descriptor, select.POLLIN)
            if poll.poll(seconds * 1000):
                self._status = self._server.status(self.pid)
                os.close(self._descriptor)
        return self._status

    def kill(self) -> None:
        if self._status is None:
            process.signal_group(self.pid, signal.SIGTERM)
            if self.wait(process.TERMINATE_SECONDS) is None:
                process.signal_group(self.pid, signal.SIGKILL)
                self.wait(process.KILL_SECONDS)


class ForkServer:
    """Starts guards, from any thread. It ends with this object, or with this process however that ends."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._control, far = control_socket.pair()
        with contextlib.closing(far):
            self._process = _python(far, READY)
        self._lost = False
        weakref.finalize(self, _end, self._control, self._process)

    def start(self, far: Socket, namespaces: str, folders: Sequence[str]) -> Guard:
        """Return a guard; one of this process if the server is lost."""
        try:
            return ForkedGuard(self._ask(["start", namespaces, *folders], int, far), self)
        except OSError:
            return OwnGuard(far, namespaces, folders)

    def status(self, pid: int) -> int:
        """Return the status of a guard that has ended; its number is free then."""
        try:
            return self._ask(["status", str(pid)], int)
        except OSError:
            return UNKNOWN

    def try_out(self, folder: str, operations: Sequence[tuple[str, str, str]]) -> TryOut:
        """Return what ``mounts.try_out`` does, tried in children of the server. Raise OSError if it is lost."""
        return self._ask(["try", folder, *(field for each in operations for field in each)], _tried)

    def _ask(self, fields: Sequence[str], convert: Callable[[bytes], T], descriptor: Socket | None = None) -> T:
        """Return the server's answer. Raise OSError without one; nothing is asked any more then."""
        packet = packed(*fields)
        with self._lock:
            if self._lost:
                raise ConnectionError
            try:
                send(self._control, packet, [descriptor.fileno()] if descriptor else [])
                answer = convert(self._line())
            except (OSError, ValueError):
                self._lost = True
                process.signal_group(self._process.pid, signal.SIGKILL)
                raise ConnectionError from None
        return answer

    def _line(self) -> bytes:
        until = time.monotonic() + ANSWER_SECONDS
        poll = select.poll()
        poll.register(self._control, select.POLLIN)
        line = b""
        while not line.endswith(b"\n"):
            if not poll.poll(PATIENCE * 1000):
                if time.monotonic() > until:
                    raise TimeoutError
                process.signal_group(self._process.pid, signal.SIGCONT)
                continue
            if not (data := self._control.recv(64)):
                raise ConnectionError
            line += data
        return line


_ready: dict[int, ForkServer] = {}
"""The server of the run to come, by the process that has started it."""


def get_ready() -> ForkServer | None:
    """Return the fork server of the run to come, which begins if it has not begun yet; None if there can be none."""
    if os.getpid() not in _ready and _can_serve():
        with contextlib.suppress(OSError):
            _ready[os.getpid()] = ForkServer()
    return _ready.get(os.getpid())


def try_out(operations: Sequence[tuple[str, str, str]]) -> TryOut:
    """Return what ``mounts.try_out`` does, by the fork server of the run to come if there can be one. Raise OSError."""
    if server := get_ready():
        try:
            with temporary_folder() as folder:
                return server.try_out(folder, operations)
        except ConnectionError:
            del _ready[os.getpid()]
    from . import mounts  # what this loads costs milliseconds

    with temporary_folder() as folder:
        return mounts.try_out(folder, os.getuid() != 0, tuple(operations))


def starter(jobs: int) -> StartGuard:
    """Return what starts the guards of a run of so many jobs: for one job alone no server is started."""
    server = _ready.pop(os.getpid(), None)
    if server is None and jobs > 1 and _can_serve():
        with contextlib.suppress(OSError):
            server = ForkServer()
    return server.start if server else OwnGuard


def _can_serve() -> bool:
    try:
        os.close(os.pidfd_open(os.getpid()))
    except (AttributeError, OSError):  # macOS has none, and the kernel may not have it
        return False
    return True


def _tried(line: bytes) -> TryOut:
    reason, *shared = os.fsdecode(bytes.fromhex(line.decode())).split("\0")
    return reason or None, shared


def _python(far: Socket, *arguments: str) -> process.Popen:
    return process.start(
        [sys.executable, "-I", "-S", "-c", _START, str(far.fileno()), *arguments],
        cwd=temporary_place(),
        env={},
        stdout=process.NOWHERE,
        stderr=process.NOWHERE,
        pass_fds=(far.fileno(),),
    )


def _end(control: Socket, server: process.Popen) -> None:
    """End the server; of a Ctrl-C meanwhile nobody would hear but as an error, and the server ends even so."""
    with contextlib.suppress(KeyboardInterrupt):
        control.close()
    with contextlib.suppress(KeyboardInterrupt):
        process.signal_group(server.pid, signal.SIGCONT)
        if process.wait(server, END_SECONDS) is None:
            process.end_group(server)
