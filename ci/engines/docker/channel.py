"""A long-lived shell in a container: requests go in a line each, output comes until its mark. See driver.sh."""

from __future__ import annotations

import contextlib
import os
import secrets
import select
from collections.abc import Callable
from pathlib import Path

from ... import process
from ...runtime.errors import JobError, StepError
from .client import Client
from .framing import Framing

DRIVER = Path(__file__).with_name("driver.sh")
CHUNK = 65536
SLICE = 0.1
"""How often a silent channel is looked at for a reason to end what runs, in seconds."""


class Channel:
    """One shell of a container. ``folder`` is where the runner's own files are in there."""

    def __init__(self, client: Client, container: str, user: tuple[str, ...], folder: str) -> None:
        self._client = client
        self._container = container
        mark = secrets.token_hex(16)
        self._framing = Framing(mark)
        program = DRIVER.read_text(encoding="utf-8")
        words = ["exec", "-i", *user, container, "sh", "-c", program, "sh", folder, mark]
        self._process = client.open(words, process.PIPE, process.PIPE)
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._stdin, self._stdout = self._process.stdin, self._process.stdout

    def send(self, line: str) -> None:
        """Ask for one line of shell to be run; JobError where the container is no more."""
        if "\n" in line:
            raise StepError("a path of the job's has a line break in it")
        try:
            self._stdin.write(line.encode("utf-8", "surrogateescape") + b"\n")
            self._stdin.flush()
        except OSError:
            raise JobError(self._lost()) from None

    def receive(self, write: Callable[[bytes], None], due: Callable[[bool], None] | None = None) -> tuple[int, str]:
        """Hand on output until the mark; gives the status and the word behind it. JobError where it is lost.

        ``due`` is called now and then, and told whether something has come.
        """
        data = b""
        while True:
            output, ended = self._framing.feed(data)
            if output:
                write(output)
            if ended is not None:
                return ended
            data = self._read(due)

    def _read(self, due: Callable[[bool], None] | None) -> bytes:
        ready, _, _ = select.select([self._stdout], [], [], SLICE if due else None)
        if due:
            due(bool(ready))
        if not ready:
            return b""
        data = os.read(self._stdout.fileno(), CHUNK)
        if not data:
            raise JobError(self._lost())
        return data

    def close(self) -> None:
        """End it; what it started ends with the container."""
        for stream in (self._stdin, self._stdout):
            with contextlib.suppress(OSError):  # its other end has gone already
                stream.close()
        if process.wait(self._process, 1.0) is None:
            process.end_group(self._process)

    def _lost(self) -> str:
        state = self._client.call("inspect", "--format", "{{.State.OOMKilled}} {{.State.ExitCode}}", self._container)
        words = state.stdout.split()
        if words[:1] == ["true"]:
            return "the container ran out of memory and was ended"
        return f"the container ended by itself{f' (status {words[1]})' if len(words) > 1 else ''}"
