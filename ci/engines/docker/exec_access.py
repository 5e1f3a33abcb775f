"""A container entered by ``docker exec``. See engines/container/access.py."""

from __future__ import annotations

from typing import IO

from ... import process
from ...dataclass import dataclass
from ...runtime.box import Streams
from ...system.cancellation import Check, unchecked
from ..container.piped import CommandPipes
from .client import AttachedClient, Client

NO_KEYS = "ctrl-@,ctrl-@,ctrl-]"
"""Keys by which one leaves a terminal that goes on: Ctrl-P, the usual one's beginning, must reach the shell at once."""
END_SECONDS = 2.0
"""How long a container whose shell has gone is given to have ended too."""


@dataclass(frozen=True, slots=True)
class ExecAccess:
    """A container by its name; ``user`` is empty for the image's own."""

    client: Client
    container: str
    user: str = ""
    check: Check = unchecked

    def _args(self, args: tuple[str, ...], *options: str) -> list[str]:
        user = ("--user", self.user) if self.user else ()
        return ["exec", *options, *user, self.container, *args]

    def open(self, *args: str, stdin: int, terminal: bool = False) -> CommandPipes:
        options = [*(["-i"] if stdin == process.PIPE else []), *(["-t"] if terminal else [])]
        return CommandPipes(self.client.open(self._args(args, *options), stdin, process.PIPE))

    def attach(self, *args: str, streams: Streams, terminal: bool) -> AttachedClient:
        """Start a process in the container at these streams; with ``terminal`` they are one, which controls it."""
        options = ["-i", *(["-t", f"--detach-keys={NO_KEYS}"] if terminal else [])]
        return self.client.attach(self._args(args, *options), streams, terminal)

    def call(self, *args: str, input: bytes | None = None, timeout: float | None = None) -> process.Captured:
        options = [] if input is None else ["-i"]
        return self.client.call(*self._args(args, *options), input=input, timeout=timeout)

    def copy(self, line: str, source: IO[bytes] | int, target: IO[bytes] | int) -> tuple[int, str]:
        """Run a line of shell between two files of this machine; return its status and its last words."""
        return self.client.copy(self._args(("sh", "-c", line), "-i"), source, target, self.check)

    def as_root(self) -> ExecAccess:
        """Return the same container entered as root."""
        return ExecAccess(self.client, self.container, "0", self.check)

    def ended_reason(self) -> str:
        self.client.call("wait", self.container, timeout=END_SECONDS)  # its processes end a moment before it has
        form = "{{.State.OOMKilled}} {{.State.ExitCode}} {{.State.Running}}"
        state = self.client.call("inspect", "--format", form, self.container).stdout.split()
        if state[2:] == ["true"]:
            return "the shell that runs the steps was killed; the container still runs"
        if state[:1] == ["true"]:
            return "the container ran out of memory and was killed"
        return f"the container exited by itself{f' (status {state[1]})' if len(state) > 1 else ''}"
