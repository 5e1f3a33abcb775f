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
from .framing import Framing

PROGRAMS = Path(__file__).parent
CHUNK = 65536
SLICE = 0.1
"""How often a silent channel is looked at for a reason to end what runs, in seconds."""
AFTER_A_STEP = ("end", "halt")
"""The driver's words on a process that has ended."""
MOST_LOST = 20
"""How many processes in a row may end before they become the step."""
Start = Callable[[list[str]], process.Popen]


class Channel:
    """One shell of a container: ``start`` runs words in there, its input and output being pipes.

    ``folder`` is where the runner's own files are in there; ``lost`` says why the container is no more.
    With ``keep`` the end of the channel is not the end of the process, only of all others.
    """

    def __init__(self, start: Start, folder: str, lost: Callable[[], str], keep: bool = False) -> None:
        self._lost = lost
        self.pid = ""
        """The process in there that the running step is."""
        mark = secrets.token_hex(16)
        self._framing = Framing(mark)
        driver, worker = ((PROGRAMS / f"{name}.sh").read_text(encoding="utf-8") for name in ("driver", "worker"))
        self.process = start(["sh", "-c", driver, "sh", folder, mark, worker, "keep" if keep else ""])
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        self._stdin, self._stdout = self.process.stdin, self.process.stdout

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
        """Hand on output until what was asked for has ended; gives its status and a word on it.

        ``due`` is called now and then, and told whether something has come. JobError where the container is lost.
        """
        begun, lost = False, 0
        data = b""
        while True:
            output, ended = self._framing.feed(data)
            if output:
                write(output)
            if ended is None:
                data = self._read(due)
                continue
            data = b""
            status, told = ended
            pid, _, word = told.partition(" ")
            if word == "begin":
                self.pid, begun = pid, True
            elif begun or word not in AFTER_A_STEP:
                return status, word
            elif (lost := lost + 1) > MOST_LOST:  # it is of a process that ended before it became the step
                raise JobError("the container starts no more processes")

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

    def hang_up(self) -> None:
        """Tell the shell that nothing more will come, which ends it."""
        with contextlib.suppress(OSError):  # its other end has gone already
            self._stdin.close()

    def close(self) -> None:
        """End it; what it started ends with the container."""
        self.hang_up()
        if process.wait(self.process, 1.0) is None:
            process.end_group(self.process)
        with contextlib.suppress(OSError):
            self._stdout.close()
