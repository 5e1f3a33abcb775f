"""A long-lived shell in a container: requests go in a line each, output comes until its mark. See driver.sh."""

from __future__ import annotations

import contextlib
import os
import secrets
import select
from collections.abc import Callable, Iterable
from pathlib import Path

from ... import process
from ...runtime.command import File
from ...runtime.errors import JobError, StepError
from .framing import Framing

DRIVER = Path(__file__).with_name("driver.sh")
SHELL = 'unset BASH_ENV; if command -v bash >/dev/null; then exec bash -c "$@"; fi; exec sh -c "$@"'
"""What runs the driver: bash, which needs no other program to make a process group, else the image's sh."""
CHUNK = 65536
SLICE = 0.1
"""How often a silent channel is looked at for a reason to end what runs, in seconds."""
MOST_OF_A_WORD = 64 * 1024
Start = Callable[[list[str]], process.Popen]


def as_words(file: File) -> bool:
    """Whether a file can go as a word of the command that starts a shell: Linux takes 128 KiB of one."""
    return len(file.content) <= MOST_OF_A_WORD and b"\0" not in file.content


class Channel:
    """One shell of a container: ``start`` runs words in there, its input and output being pipes.

    ``folder`` is where the runner's own files are in there, ``files`` among them: they go as words, which is faster
    than the shell's input; ``lost`` says why the container is no more.
    With ``keep`` the end of the channel is not the end of the process, only of all others.
    """

    def __init__(
        self, start: Start, folder: str, lost: Callable[[], str], keep: bool = False, files: Iterable[File] = ()
    ) -> None:
        self._lost = lost
        self.pid = ""
        """The process in there that the running step is; empty until it has begun."""
        mark = secrets.token_hex(16)
        self._framing = Framing(mark)
        driver = DRIVER.read_text(encoding="utf-8")
        words = [word for file in files for word in (file.name, os.fsdecode(file.content))]
        self.process = start(["sh", "-c", SHELL, "sh", driver, "driver", folder, mark, "keep" if keep else "", *words])
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        self._stdin, self._stdout = self.process.stdin, self.process.stdout

    def send(self, *lines: str) -> None:
        """Ask for lines of shell to be run; JobError where the container is no more."""
        if any("\n" in line for line in lines):
            raise StepError("a path of the job's has a line break in it")
        try:
            self._stdin.write("".join(f"{line}\n" for line in lines).encode("utf-8", "surrogateescape"))
            self._stdin.flush()
        except OSError:
            raise JobError(self._lost()) from None

    def receive(self, write: Callable[[bytes], None], due: Callable[[bool], None] | None = None) -> tuple[int, str]:
        """Hand on output until what was asked for has ended; gives its status and a word on it.

        ``due`` is called now and then, and told whether something has come. JobError where the container is lost.
        """
        self.pid = ""
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
            if word != "begin":
                return status, word
            self.pid = pid

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
