"""What the shell in a container needs of the engine that made the container: a small protocol, an engine each."""

from __future__ import annotations

from typing import IO, Protocol

from ... import process
from ...runtime.box import Streams
from ...system.cancellation import Check
from .piped import Piped


class Attached(Protocol):
    """The command line that is between a process in a container and its streams."""

    def wait(self) -> int:
        """Return the status of the process once it has ended, negative if the command line itself was killed."""

    def kill(self) -> None:
        """End the command line; the process goes on."""


class Access(Protocol):
    """A running container, entered as the user who runs the job's steps."""

    @property
    def check(self) -> Check:
        """What raises StepError once the run is ended; ``copy`` calls it while it waits."""

    def open(self, *args: str, stdin: int, terminal: bool = False) -> Piped:
        """Start a process in the container, its output on a pipe, or on a terminal of its own whose output is piped.

        ``stdin`` is ``process.PIPE`` or ``process.NOWHERE``. Raise EngineError if it cannot be started.
        """

    def attach(self, *args: str, streams: Streams, terminal: bool) -> Attached:
        """Start a process in the container at these streams; with ``terminal`` they are one, which controls it.

        Raise EngineError if it cannot be started.
        """

    def call(self, *args: str, input: bytes | None = None, timeout: float | None = None) -> process.Captured:
        """Run a process in the container to its end; its failure is in the result."""

    def copy(self, line: str, source: IO[bytes] | int, target: IO[bytes] | int) -> tuple[int, str]:
        """Run a line of shell between two files of this machine; return its status and its last words."""

    def as_root(self) -> Access:
        """Return the same container entered as root."""

    def ended_reason(self) -> str:
        """Return why the container, or the shell in it, is no more."""
