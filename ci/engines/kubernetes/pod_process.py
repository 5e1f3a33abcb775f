"""A process in a Pod that outlives a broken connection: its output arrives whole, once and in order. See agent.sh."""

from __future__ import annotations

import contextlib
import os
import secrets
import threading
import time
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from io import RawIOBase
from typing import IO, Protocol, cast

from ...dataclass import dataclass
from ..container.framing import Framing
from .cluster.exec_stream import NOT_EXECUTABLE, NOT_FOUND, Broken
from .contact import Contact

HEARTBEAT_SECONDS = 5.0
"""How often a Pod hears that somebody is there, which it answers."""
HEARTBEATS = 5
"""How many times a Pod hears that within its silence limit, however short that is."""
OUTPUT = 1
"""The channel of a process's output."""
SEEN_EVERY = 64
"""After how many frames their place in the Pod is given back."""
LONGEST_MESSAGE = 32768
"""Bytes of lines that are sent together."""
STAY_BYTES, STAY_FRAMES = 2**18, 512
"""How much of the last output stays in the Pod: what was read here may not yet have been taken from the pipe."""
KEPT_LINES = 1024
"""How many of the last lines of input are kept until a connection confirms them; what came before was answered."""
PAUSES = (0.1, 0.2, 0.5, 1.0, 2.0)
"""Seconds between attempts to connect again; the last goes on."""


class PodConnection(Protocol):
    """A connection to a process that runs in a container; see ExecStream."""

    @property
    def status(self) -> int | None: ...

    def send(self, data: bytes) -> None: ...

    def receive(self, timeout: float | None = None) -> tuple[int, bytes] | None: ...

    def close(self) -> None: ...


Connect = Callable[[Sequence[str]], PodConnection]
"""Runs words in the Pod, by a connection. Raise Broken where that is not possible now."""


@dataclass(frozen=True, slots=True)
class OutputPlace:
    """A place in the output of a process in a Pod, and how many lines of input it had got."""

    frame: int = 1
    skip: int = 0
    """Bytes of that frame which lie before the place."""
    lines: int = 0


class PodProcess:
    """See ``Piped`` of container/piped.py: a shell that reads lines, or a program without input, of that ``name``.

    ``connect`` is called again after a connection has broken, until ``lost`` says that the Pod is no more. With another
    ``place`` than the beginning it is a process that somebody has left, from there on.
    """

    def __init__(
        self,
        name: str,
        words: Sequence[str],
        agent: str,
        connect: Connect,
        lost: Callable[[float], bool],
        contact: Contact,
        place: OutputPlace = OutputPlace(),  # noqa: B008 - it is never changed
    ) -> None:
        self.name, self._words, self._agent = name, tuple(words), agent
        self._connect, self._lost, self._contact = connect, lost, contact
        self._token = secrets.token_hex(16)
        reading, self._output = os.pipe()
        self.stdout: IO[bytes] | None = os.fdopen(reading, "rb", buffering=0)
        self.stdin: IO[bytes] | None = cast("IO[bytes]", _Lines(self._say))
        self._lock = threading.Lock()
        self._stream: PodConnection | None = None
        self._number = place.lines
        self._untaken: deque[tuple[int, bytes]] = deque()
        """The lines of input that the Pod has not confirmed, with their numbers."""
        self._next, self._skip = place.frame, place.skip
        self._starts: deque[tuple[int, int]] = deque()
        """The numbers of the last frames, and how much output there was before each."""
        self.came = 0
        """Bytes of output so far, from the place on."""
        self._held = False
        self._over = threading.Event()
        self._status: int | None = None
        self._following = threading.Thread(target=self._follow, name=f"pod process {name}", daemon=True)
        self._following.start()

    def wait(self, seconds: float) -> int | None:
        self._following.join(seconds)
        return None if self._following.is_alive() else (255 if self._status is None else self._status)

    def end(self) -> None:
        self._over.set()
        with self._lock:
            if self._stream:
                self._stream.close()

    def hold(self) -> None:
        """Have all that comes from now on stay in the Pod, for somebody who comes later."""
        self._held = True

    def place(self, taken: int) -> OutputPlace:
        """Return the place behind so many bytes of output, which are among the last that have come."""
        with self._lock:
            for number, start in reversed(self._starts):
                if start <= taken < self.came:
                    return OutputPlace(number, taken - start, self._number)
            oldest = self._starts[0][0] if self._starts and taken < self.came else self._next
            return OutputPlace(oldest, 0, self._number)

    @property
    def lines(self) -> int:
        """How many lines of input it has been sent."""
        return self._number

    def _say(self, lines: Sequence[bytes]) -> None:
        """Send lines of input, now or once there is a connection again; raise OSError if the process is no more."""
        with self._lock:
            if not self._following.is_alive() or self._over.is_set():
                raise BrokenPipeError(f"{self.name} has ended")
            numbered = list(enumerate(lines, self._number + 1))
            self._number += len(numbered)
            self._untaken += numbered
            if self._stream:
                self._send(self._stream, *_written(numbered))

    @staticmethod
    def _send(stream: PodConnection, *lines: bytes) -> None:
        with contextlib.suppress(Broken):  # who receives from it notices too, and connects again
            for message in _messages(lines):
                stream.send(message)

    def _follow(self) -> None:
        attempts = 0
        try:
            while not self._over.is_set():
                try:
                    stream = self._connect(["sh", self._agent, "follow", self.name, str(self._next), *self._words])
                    before = self._next
                    try:
                        if self._serve(stream):
                            return
                    finally:
                        with self._lock:
                            self._stream = None
                        stream.close()
                    if self._next != before:
                        attempts = 0
                except Broken as error:
                    self._contact.unheard(str(error))
                if self._over.is_set() or self._lost(PAUSES[min(attempts, len(PAUSES) - 1)]):
                    return
                attempts += 1
        finally:
            os.close(self._output)  # what waits for output learns that none will come

    def _serve(self, stream: PodConnection) -> bool:
        """Take what comes by a connection; return whether the process has ended, raise Broken if the connection has."""
        stream.send(f"{self._token}\n".encode())
        framing, has_begun = Framing(self._token), False
        frame: list[bytes] = []
        for data in self._received(stream):
            while True:
                output, mark = framing.feed(data)
                data = b""
                frame.append(output)
                if mark is None:
                    break
                number, word = mark
                if word == "hello":
                    has_begun = True
                    self._greet(stream, number)
                elif word == "ended":
                    self._status = number
                    return True
                elif word == "frame":
                    self._take(stream, number, b"".join(frame))
                frame.clear()
        if not has_begun and stream.status in (NOT_EXECUTABLE, NOT_FOUND):  # as where a step has removed the shell
            self._status = stream.status
            return True
        raise Broken("the connection was closed")

    def _received(self, stream: PodConnection) -> Iterator[bytes]:
        """Yield what comes by a connection, and tell the Pod meanwhile that somebody is there."""
        beat, pause = 0.0, min(HEARTBEAT_SECONDS, self._contact.silence_limit / HEARTBEATS)
        while True:
            if (now := time.monotonic()) - beat >= pause and self._stream:
                self._send(stream, b"alive")
                beat = now
            try:
                received = stream.receive(pause)
            except TimeoutError:
                self._contact.unheard()
                if self._lost(0.0):  # as with its node: then the connection stays, and nothing comes
                    raise Broken("the Pod is lost") from None
                continue
            if received is None:
                return
            self._contact.heard()
            if received[0] == OUTPUT:
                yield received[1]

    def _greet(self, stream: PodConnection, taken: int) -> None:
        """Send again what the Pod has not taken, before anything new."""
        with self._lock:
            while self._untaken and self._untaken[0][0] <= taken:
                self._untaken.popleft()
            self._send(stream, b"alive", *_written(self._untaken))
            self._stream = stream

    def _take(self, stream: PodConnection, number: int, content: bytes) -> None:
        if number < self._next:
            return
        with self._lock:
            self._starts.append((number, self.came - self._skip))
            content, self._skip = content[self._skip :], 0
            self.came += len(content)
            self._next = number + 1
        while content:
            try:
                content = content[os.write(self._output, content) :]
            except BrokenPipeError:  # it was closed here
                self._over.set()
                raise Broken("nobody reads") from None
        with self._lock:
            self._forget_taken()
            if number % SEEN_EVERY == 0 and not self._held:
                self._give_back(stream)

    def _give_back(self, stream: PodConnection) -> None:
        """Have the Pod drop frames but for the last."""
        seen = 0
        while len(self._starts) > STAY_FRAMES or (
            len(self._starts) > 1 and self._starts[1][1] < self.came - STAY_BYTES
        ):
            seen = self._starts.popleft()[0]
        if seen:
            self._send(stream, b"seen %d" % seen)

    def _forget_taken(self) -> None:
        """Drop lines of input that are older than the last; an answer to them has come."""
        while len(self._untaken) > KEPT_LINES:
            self._untaken.popleft()


def _written(numbered: Iterable[tuple[int, bytes]]) -> Iterator[bytes]:
    """Yield lines of input as the Pod's own program takes them."""
    return (b"line %d %s" % each for each in numbered)


def _messages(lines: Iterable[bytes]) -> Iterator[bytes]:
    """Yield lines as few messages, none of them long if no line is: a driver has a hundred lines."""
    message: list[bytes] = []
    size = 0
    for line in lines:
        if message and size + len(line) >= LONGEST_MESSAGE:
            yield b"".join(message)
            message, size = [], 0
        message += (line, b"\n")
        size += len(line) + 1
    if message:
        yield b"".join(message)


class _Lines(RawIOBase):
    """The input of a shell: what is written goes on line by line; its end is an ``exit``."""

    def __init__(self, say: Callable[[Sequence[bytes]], None]) -> None:
        self._say = say
        self._rest = b""

    def writable(self) -> bool:
        return True

    def write(self, data: object) -> int:
        written = bytes(cast("bytes", data))
        *lines, self._rest = (self._rest + written).split(b"\n")
        if lines:
            self._say(lines)
        return len(written)

    def close(self) -> None:
        if not self.closed:
            super().close()
            with contextlib.suppress(OSError):
                self._say([b"exit"])
