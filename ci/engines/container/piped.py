"""A process in a container with pipes to its input and output, and one that a command line stands for."""

from __future__ import annotations

from typing import IO, Protocol

from ... import process


class Piped(Protocol):
    """A process in a container, and what is between it and here."""

    @property
    def stdin(self) -> IO[bytes] | None:
        """Its input, if it was asked for."""

    @property
    def stdout(self) -> IO[bytes] | None:
        """Its output, which ends with it, or with the container; it has a descriptor."""

    def wait(self, seconds: float) -> int | None:
        """Return its status if it ends within that time, negative for a signal; None if it goes on."""

    def end(self) -> None:
        """End what is between it and here; the process may go on until the container ends."""


class CommandPipes:
    """A process in a container by an engine's command line, such as ``docker exec``."""

    def __init__(self, running: process.Popen) -> None:
        self._running = running
        self.stdin: IO[bytes] | None = running.stdin
        self.stdout: IO[bytes] | None = running.stdout

    def wait(self, seconds: float) -> int | None:
        return process.wait(self._running, seconds)

    def end(self) -> None:
        process.end_group(self._running)
