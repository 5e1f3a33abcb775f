"""A long-lived shell in a container: requests go in a line each, output comes until its mark. See driver.sh.

To start a process in a container takes an engine tens of milliseconds, so one shell stays and runs every step. All that
comes back is one stream: what steps write, and between that the shell's own lines, ``MARK STATUS PID WORD``. The mark
is 128 random bits made for this shell, which no output contains by chance and no step can read from the list of
processes, since it goes in by the shell's input. ``begin`` comes with the step's process, which is what a signal goes
to; every other word ends a request and says how. Output may stand right before a mark, without a line break between.
"""

from __future__ import annotations

import contextlib
import os
import secrets
import shlex
from collections.abc import Callable, Container, Iterable
from pathlib import Path

from ...runtime.command import File
from ...runtime.failures import JobError, StepError
from ...system.pace import Pace
from ...system.readable import readable
from .framing import Framing
from .piped import Piped
from .quoting import line_bytes
from .terminal import holder

DRIVER = Path(__file__).with_name("driver.sh")
READ = 'eval "$(head -c "$1")"'
SHELL = f'unset BASH_ENV; if command -v bash >/dev/null; then exec bash -c \'{READ}\' "$0" "$@"; fi; {READ}'
"""What reads the driver, so many bytes, and becomes it: bash, which makes process groups itself, else the sh."""
CHUNK = 65536
LOOKS = Pace(0.1)
"""A silent channel is looked at for a reason to end what runs."""
LINE_ENDS = "stty -onlcr <&1 2>/dev/null"
"""Keeps line ends on a terminal as they are written."""
PASSED = ("passed", "sent")
"""The words of what the steps that were sent ahead pass over, and of their beginning."""
BESIDE = (*PASSED, "over")
"""The words on steps that were sent ahead, but for how each has ended."""
Start = Callable[[list[str]], Piped]


def written(folder: str, mark: str, after: str, files: Iterable[File]) -> bytes:
    """Return the driver with what it is to know, ASCII as the lines behind it are."""
    head = f"_ci_folder={shlex.quote(folder)} _ci_mark={mark} _ci_after={after}\n"
    puts = [f"put {shlex.quote(f'{folder}/{file.name}')} {line_bytes(file.content)}\n" for file in files]
    return "".join([head, DRIVER.read_text(encoding="utf-8"), *puts, "serve\n"]).encode()


class Channel:
    """One shell of a container: ``start`` runs words in there, its input and output being pipes.

    ``folder`` is where the runner's own files are in there, ``files`` from the first; ``lost`` says why the container
    is no more. With ``keep`` the end of the channel is not the end of the process, only of all others.
    """

    def __init__(
        self, start: Start, folder: str, lost: Callable[[], str], keep: bool = False, files: Iterable[File] = ()
    ) -> None:
        mark = secrets.token_hex(16)
        program = written(folder, mark, "keep" if keep else "", files)
        self._follow(start(["sh", "-c", SHELL, "nox-circleci", str(len(program))]), mark, lost)
        with contextlib.suppress(OSError):  # it has ended; reading its output shows why
            self._stdin.write(program)
            self._stdin.flush()

    @classmethod
    def again(cls, process: Piped, mark: str, lost: Callable[[], str]) -> Channel:
        """Return the channel to a shell that another channel has left; steps that it was sent then may still run."""
        channel = cls.__new__(cls)
        channel._follow(process, mark, lost)
        channel.has_ahead = True
        return channel

    def _follow(self, process: Piped, mark: str, lost: Callable[[], str]) -> None:
        assert process.stdin is not None
        assert process.stdout is not None
        self.process, self.mark, self._lost = process, mark, lost
        self.pid = ""
        """The process in there that the running step is; empty until it has begun."""
        self.seconds: float | None = None
        """How long the last step took that was sent ahead."""
        self.has_ahead = False
        """Whether steps that were sent ahead may not have ended."""
        self._came = 0
        self._framing = Framing(mark)
        self._stdin, self._stdout = process.stdin, process.stdout
        self._outputs = [self._stdout]
        self._terminal: Piped | None = None

    def send(self, *lines: str) -> None:
        """Ask for lines of shell to be run; raise JobError if the container is no more."""
        if any("\n" in line for line in lines):
            raise StepError("a path in the job contains a line break")
        try:
            self._stdin.write("".join(f"{line}\n" for line in lines).encode("utf-8", "surrogateescape"))
            self._stdin.flush()
        except OSError:
            raise JobError(self._lost()) from None

    def receive(
        self,
        write: Callable[[bytes], None],
        due: Callable[[bool], None] | None = None,
        passing: Container[str] = BESIDE,
    ) -> tuple[int, str]:
        """Pass output on until what was asked for has ended; return its status and a word on it.

        ``due`` is called now and then with whether something has come. ``passing`` are words that end nothing which is
        waited for. Raise JobError if the container is lost.
        """
        with LOOKS if due else contextlib.nullcontext():
            return self._receive(write, due, passing)

    def _receive(
        self, write: Callable[[bytes], None], due: Callable[[bool], None] | None, passing: Container[str]
    ) -> tuple[int, str]:
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
            status, answer = ended
            if answer.endswith("\r"):  # a step has set the terminal up anew
                answer = answer[:-1]
                self.send(LINE_ENDS)
            pid, _, word = answer.partition(" ")
            if word == "begin":
                self.pid = pid
            elif word not in passing:
                self.seconds = float(pid) if pid.isdecimal() else None
                return status, word

    @property
    def taken(self) -> int:
        """How many bytes of the output have been taken, up to the last end of what was asked for."""
        return self._came - self._framing.held

    def _read(self, due: Callable[[bool], None] | None) -> bytes:
        ready = readable(self._stdout.fileno(), LOOKS.seconds() if due else None)
        if due:
            due(ready)
        if not ready:
            return b""
        data = os.read(self._stdout.fileno(), CHUNK)
        if not data:
            raise JobError(self._lost())
        self._came += len(data)
        return data

    def move_output(self, terminal: Piped) -> bool:
        """Have all output come by a terminal from now on; False, and no change, if that cannot be had."""
        pid = holder(terminal)
        if pid is not None:
            self.send(f"show /proc/{pid}/fd/1")
        if pid is None or self.receive(lambda output: None)[0]:
            terminal.end()
            return False
        assert terminal.stdout is not None
        self._stdout, self._terminal = terminal.stdout, terminal
        self._outputs.append(terminal.stdout)
        return True

    def hang_up(self) -> None:
        """Tell the shell that nothing more will come, which ends it."""
        with contextlib.suppress(OSError):  # its other end has gone already
            self._stdin.close()

    def close(self) -> None:
        """End it; what it started ends with the container."""
        self.hang_up()
        for each in filter(None, (self.process, self._terminal)):
            if each.wait(1.0) is None:
                each.end()
        for stream in self._outputs:
            with contextlib.suppress(OSError):
                stream.close()
