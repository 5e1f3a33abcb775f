"""The engine's side of a job's supervisor: start steps, receive how they ended, end all."""

from __future__ import annotations

import contextlib
import os
import select
import signal
import threading
import time
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Literal

from ... import process
from ...runtime.box import Ended, Streams
from ...runtime.failures import JobError, StepError
from . import control_socket
from .guards import OwnGuard, StartGuard
from .packets import HEADER, LONGEST_MESSAGE, packed, send

END_SECONDS = 15.0
"""Longer than the supervisor itself takes to give up on what it cannot end."""
ENTER_SECONDS = 30.0
ANSWER_SECONDS = 15.0
"""How long a supervisor may be silent before it counts as lost: it answers at once, unless somebody has stopped it."""
PING_SECONDS = 3.0
NUL = "a NUL byte is in the command or in its environment"
Namespaces = Literal["none", "pids", "view"]
"""What a job gets: nothing; processes of its own; those, and a view of the files of its own."""


class Supervision:
    """A running supervisor. ``exits`` holds the status of each step that ended, negative for a signal;
    ``errors`` why one could not be started; ``descriptors`` are the job's namespaces, once it has entered them."""

    def __init__(
        self, folders: Sequence[Path], namespaces: Namespaces = "none", start_guard: StartGuard = OwnGuard
    ) -> None:
        self.exits: dict[int, int] = {}
        self.errors: dict[int, str] = {}
        self.descriptors: tuple[int, ...] = ()
        self._asked = False
        self._wanted = namespaces
        self._entered: tuple[str, ...] | None = None
        self._refused: str | None = None
        self._keys = 0
        self._lock = threading.RLock()
        """Held by who sends: while a job is held, others than its own thread open shells."""
        self._received = bytearray()
        self._pinged = self._answered = time.monotonic()
        self._control, far = control_socket.pair()
        with contextlib.closing(far):
            self._guard = start_guard(far, namespaces, [os.fspath(each) for each in folders])

    @property
    def shared(self) -> tuple[str, ...]:
        """The folders that the job shares with this machine although it has a view of its own, as far as known."""
        return self._entered or ()

    @property
    def pid(self) -> int:
        """The process that guards the supervisor, its parent."""
        return self._guard.pid

    def fileno(self) -> int:
        """Return what becomes readable when there is something to receive."""
        return self._control.fileno()

    def enter(self, scratch: str, operations: Iterable[tuple[str, str, str]] = ()) -> None:
        """Ask for the job's namespaces; whatever needs them waits until they are there."""
        self._asked = True
        self._send("enter", scratch, *(field for each in operations for field in each))

    def _wait_until_entered(self) -> None:
        """Wait for the namespaces, if any were asked for.

        Raise JobError if this machine does not allow them; nothing has been started then.
        """
        until = time.monotonic() + ENTER_SECONDS
        poll = select.poll()
        poll.register(self, select.POLLIN)
        while self._asked and self._entered is None:
            if not poll.poll(max(until - time.monotonic(), 0) * 1000):
                raise JobError("the job's supervisor does not answer")
            self.receive()
            if self._refused is not None:
                raise JobError(f"no namespaces for this job: {self._refused}; --isolation folder runs it without")

    def namespaces(self) -> tuple[int, ...]:
        """Wait for the job's namespaces; return their descriptors, the last one that of its mounts."""
        self._wait_until_entered()
        return self.descriptors

    def start(self, words: Sequence[str], environment: Mapping[str, str], directory: str, output: int) -> int:
        """Start a process whose output goes to that descriptor; return the key by which it is known."""
        pairs = (f"{name}={value}" for name, value in environment.items())
        with self._lock:
            self._keys += 1
            fields = (str(self._keys), directory, str(len(words)), *words, *pairs)
            if _has_nul(fields):
                self.errors[self._keys] = NUL
            else:
                self._wait_until_entered()
                self._send("start", *fields, descriptors=[output])
            return self._keys

    def open_shell(
        self, words: Sequence[str], environment: Mapping[str, str], directory: str, streams: Streams, terminal: bool
    ) -> HostShell:
        """Start a shell for a person, beside the steps; see runtime/box.py."""
        name = os.ttyname(streams[0]) if terminal else ""
        pairs = (f"{name}={value}" for name, value in environment.items())
        reading, writing = os.pipe()
        try:
            with self._lock:
                self._keys += 1
                fields = (str(self._keys), directory, name, str(len(words)), *words, *pairs)
                if _has_nul(fields):
                    raise StepError(NUL)
                self._wait_until_entered()
                self._send("shell", *fields, descriptors=[*streams, writing])
                return HostShell(self, self._keys, reading)
        except BaseException:
            os.close(reading)
            raise
        finally:
            os.close(writing)

    def stop(self, key: int) -> None:
        """Ask for the end of one process and its descendants; its exit is reported as ever."""
        self._send("stop", str(key))

    def hang_up(self, key: int) -> None:
        """Send SIGHUP to what a process that ended has left in its group, before anything else is started."""
        self._send("hang-up", str(key))

    def check(self) -> None:
        """Ask for a sign of life now and then. Raise JobError if there has been none for too long."""
        now = time.monotonic()
        if now - self._pinged < PING_SECONDS:
            return
        if self._pinged - self._answered > ANSWER_SECONDS:
            self._guard.kill()
            self._lost()
        if self._pinged > self._answered:
            self._wake()
        self._pinged = now
        self._send("ping", str(self._keys))

    def receive(self) -> None:
        """Take what the supervisor has sent; waits for it. Raise JobError if it is no more."""
        try:
            data, descriptors = control_socket.receive(self._control)
        except ConnectionError:  # it was killed with a message unread
            data, descriptors = b"", []
        if not data:
            self._lost()
        self.descriptors += tuple(descriptors)
        self._answered = time.monotonic()
        self._received += data
        while len(self._received) >= HEADER:
            size = HEADER + int.from_bytes(self._received[:HEADER], "little")
            if size > LONGEST_MESSAGE:
                self._lost()
            if len(self._received) < size:
                return
            fields = os.fsdecode(bytes(self._received[HEADER:size])).split("\0")
            del self._received[:size]
            try:
                self._take(*fields)
            except (ValueError, TypeError):
                self._lost()

    def _take(self, word: str, *fields: str) -> None:
        if word == "exit":
            key, status = fields
            self.exits[int(key)] = int(status)
        elif word == "error":
            key, reason = fields
            self.errors[int(key)] = reason
        elif word == "entered":
            self._entered = fields
        elif word == "refused":
            self._refused = ", ".join(fields)
        elif word != "pong":
            raise ValueError(word)

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
        for each in self.descriptors:
            os.close(each)
        self.descriptors = ()
        self._wake()
        if self._guard.wait(END_SECONDS) is None:
            self._guard.kill()

    def _wake(self) -> None:
        """Let the supervisor and its guard go on, should somebody have stopped both."""
        process.signal_group(self._guard.pid, signal.SIGCONT)

    def _catch_up(self) -> None:
        with contextlib.suppress(JobError, OSError):
            poll = select.poll()
            poll.register(self, select.POLLIN)
            while poll.poll(0):
                self.receive()

    def _send(self, *fields: str, descriptors: Sequence[int] = ()) -> None:
        packet = packed(*fields)
        try:
            with self._lock:
                send(self._control, packet, descriptors)
        except OSError:
            self._lost()

    def _lost(self) -> None:
        status = self._guard.wait(END_SECONDS)
        how = "" if status is None else f", status {status}"
        left = self._wanted == "none" and (status or 0) < 0  # the guard was killed too
        what = "what the job started may still run" if left else "its processes were ended"
        raise JobError(f"the job's supervisor was killed{how}; {what}")


class HostShell:
    """A shell that a supervisor has started for a person; see ``RunningShell`` in runtime/box.py."""

    def __init__(self, supervision: Supervision, key: int, status: int) -> None:
        self._supervision = supervision
        self._key = key
        self._status = open(status, "rb")

    def wait(self) -> int | None:
        with self._status:
            data = self._status.read()
        if not data:  # the supervisor is no more, and nothing of the job
            return None
        return status if (status := int(data)) >= 0 else 128 - status

    def stop(self) -> None:
        with contextlib.suppress(JobError):
            if self._supervision.fileno() >= 0:
                self._supervision.stop(self._key)


def _has_nul(fields: Sequence[str]) -> bool:
    return any("\0" in each for each in fields)
