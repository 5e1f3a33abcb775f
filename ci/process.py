"""The only place that starts processes: commands that are asked for their output, and long-lived ones.

One program stands outside by its nature: the supervisor of the host engine (engines/host/supervisor.py),
which spawns the steps of a job, runs in a process of its own and imports nothing of this package.
"""

from __future__ import annotations

import atexit
import contextlib
import os
import signal
import subprocess
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import IO, Literal

from .dataclass import dataclass

NOT_FOUND = 127
"""The status of a command that is not there, as a shell has it."""
ENDING = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
TERMINATE_SECONDS = 0.5
KILL_SECONDS = 2.0
_CANCEL_SLICE = 0.1

Cause = Literal["exit", "timeout", "canceled"]
Popen = subprocess.Popen[bytes]
NOWHERE = subprocess.DEVNULL
"""For ``start``: output that nobody reads, input that is empty."""
PIPE = subprocess.PIPE
TOGETHER = subprocess.STDOUT
"""For ``start``: errors go where the output goes."""


@dataclass(frozen=True, slots=True)
class Captured:
    """A command that ended: its status (128 + N for signal N, 127 if it was not found) and its output.

    Bytes of ``stdout`` that are not UTF-8 are kept as ``os.fsdecode`` keeps them in names of files; those of
    ``stderr``, which is for reading, are replaced. ``cause`` is why it was ended from here, if it was.
    """

    status: int
    stdout: str
    stderr: str
    cause: Cause = "exit"

    @property
    def ok(self) -> bool:
        return self.status == 0


def capture(
    args: Sequence[str],
    cwd: Path | str | None = None,
    env: Mapping[str, str] | None = None,
    timeout: float | None = None,
    input: str | bytes | None = None,
    cancel: threading.Event | None = None,
) -> Captured:
    """Run a command to its end and return its output; never raises for what the command does.

    Its standard input is ``input``, else empty; a terminal's Ctrl-C does not reach it. After ``timeout`` seconds,
    or once ``cancel`` is set, it is ended with all of its process group.
    """
    return begin(args, cwd, env, input).result(timeout, cancel)


def begin(
    args: Sequence[str],
    cwd: Path | str | None = None,
    env: Mapping[str, str] | None = None,
    input: str | bytes | None = None,
) -> Begun:
    """Start a command as ``capture`` does; whoever has called it goes on, and collects the result later.

    Until then its input is not fed and its output not read: for a question with a short answer.
    """
    given = input.encode("utf-8", "surrogateescape") if isinstance(input, str) else input
    with _held_back():  # a process that nobody knows of would stay
        try:
            process = start(args, cwd, env, stdin=subprocess.PIPE if given is not None else subprocess.DEVNULL)
        except OSError as error:
            return Begun(None, None, f"{args[0]}: {error.strerror or error}")
        _uncollected.add(process)
    return Begun(process, given)


@contextlib.contextmanager
def _held_back() -> Iterator[None]:
    """Have what ends this program take effect once the block has ended; other threads are not interrupted anyway."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    came: list[int] = []
    before = {number: signal.getsignal(number) for number in ENDING}
    try:
        for number, handler in before.items():
            if handler not in (signal.SIG_IGN, None):  # None: not one of Python's
                signal.signal(number, lambda number, frame: came.append(number))
        yield
    finally:
        for number, handler in before.items():
            if handler is not None:
                signal.signal(number, handler)
        for each in came[:1]:
            os.kill(os.getpid(), each)


_uncollected: set[Popen] = set()
os.register_at_fork(after_in_child=_uncollected.clear)


@atexit.register
def end_uncollected() -> None:
    """End what was begun and is in nobody's hands, as after a Ctrl-C; a second one does not hinder that.

    A process that ends by ``os._exit`` is to call it before.
    """
    for _ in range(2):
        with contextlib.suppress(KeyboardInterrupt):
            for process in tuple(_uncollected):
                signal_group(process.pid, signal.SIGKILL)
            for process in tuple(_uncollected):
                wait(process, KILL_SECONDS)  # it is there for a moment more


class Begun:
    """A command on its way; ``refused`` is why it is not, if there is no process."""

    def __init__(self, process: Popen | None, given: bytes | None, refused: str = "") -> None:
        self._process, self._given, self._refused = process, given, refused

    def result(self, timeout: float | None = None, cancel: threading.Event | None = None) -> Captured:
        """Wait for its end, that many seconds from now at most; see ``capture``. To be called once."""
        process = self._process
        if process is None:
            return Captured(NOT_FOUND, "", self._refused)
        with process:
            try:
                stdout, stderr, cause = _communicate(process, self._given, timeout, cancel)
            except BaseException:
                end_group(process)
                raise
            finally:
                _uncollected.discard(process)
        status = process.returncode
        return Captured(
            status if status >= 0 else 128 - status,
            stdout.decode("utf-8", "surrogateescape"),
            stderr.decode("utf-8", "replace"),
            cause,
        )


def start(
    args: Sequence[str],
    cwd: Path | str | None = None,
    env: Mapping[str, str] | None = None,
    stdin: int | IO[bytes] = subprocess.DEVNULL,
    stdout: int | IO[bytes] = subprocess.PIPE,
    stderr: int | IO[bytes] = subprocess.PIPE,
    pass_fds: Sequence[int] = (),
) -> Popen:
    """Start a process in a session of its own. Raises OSError if it cannot be started."""
    return subprocess.Popen(
        list(args),
        cwd=cwd,
        env=None if env is None else dict(env),
        stdin=stdin,
        stdout=stdout,
        stderr=stderr,
        pass_fds=tuple(pass_fds),
        start_new_session=True,
    )


def start_attached(args: Sequence[str], env: Mapping[str, str] | None = None) -> Popen:
    """Start a process that has our terminal and reads what is written to its ``stdin``. Raises OSError."""
    return subprocess.Popen(list(args), env=None if env is None else dict(env), stdin=subprocess.PIPE)


def start_on_terminal(args: Sequence[str], terminal: str, env: Mapping[str, str] | None = None) -> int:
    """Start a process that the terminal of that name controls, in a session of its own; return its number.

    Raises OSError if it cannot be started. ``wait_for`` waits for it.
    """
    # the leader of a session is given the first terminal that it opens
    opened = [(os.POSIX_SPAWN_OPEN, 0, terminal, os.O_RDWR, 0), *((os.POSIX_SPAWN_DUP2, 0, each) for each in (1, 2))]
    return os.posix_spawnp(
        args[0],
        list(args),
        dict(os.environ if env is None else env),
        file_actions=opened,
        setsid=True,
        setsigdef=(signal.SIGPIPE, signal.SIGXFSZ),
    )


def wait_for(pid: int) -> int:
    """Wait for a process that ``start_on_terminal`` has started; return its status, negative for a signal."""
    return os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])


def end_group(process: Popen) -> int:
    """End a process that ``start`` returned, and its group: terminate, wait, kill. Returns its status."""
    for number, patience in ((signal.SIGTERM, TERMINATE_SECONDS), (signal.SIGKILL, KILL_SECONDS)):
        signal_group(process.pid, number)
        if wait(process, patience) is not None:
            break
    signal_group(process.pid, signal.SIGKILL)  # what outlived its leader
    return process.poll() or 0


def wait(process: Popen, seconds: float) -> int | None:
    """The status of a process that ends within that time, negative for a signal; None if it goes on."""
    try:
        return process.wait(seconds)
    except subprocess.TimeoutExpired:
        return None


def errors_of(process: Popen, check: Callable[[], None]) -> bytes:
    """Return what a process writes to its pipe for errors until it ends; what ``check`` raises meanwhile ends it."""
    while True:
        try:
            return process.communicate(timeout=_CANCEL_SLICE)[1]
        except subprocess.TimeoutExpired:
            try:
                check()
            except BaseException:
                end_group(process)
                raise


def signal_group(group: int, number: int) -> None:
    """Send a signal to a process group; one that is gone already is not an error."""
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(group, number)


def _communicate(
    process: Popen, given: bytes | None, timeout: float | None, cancel: threading.Event | None
) -> tuple[bytes, bytes, Cause]:
    until = None if timeout is None else time.monotonic() + timeout
    cause: Cause = "exit"
    while True:
        try:
            stdout, stderr = process.communicate(given, _patience(until, cancel))
            return stdout, stderr, cause
        except subprocess.TimeoutExpired:
            given = None
        canceled = cancel is not None and cancel.is_set()
        if cause == "exit" and (canceled or (until is not None and time.monotonic() >= until)):
            cause = "canceled" if canceled else "timeout"
            end_group(process)
            until, cancel = time.monotonic() + KILL_SECONDS, None
        elif cause != "exit":
            return b"", b"", cause  # somebody outside the group holds its output


def _patience(until: float | None, cancel: threading.Event | None) -> float | None:
    left = None if until is None else max(until - time.monotonic(), 0.0)
    if cancel is None:
        return left
    return _CANCEL_SLICE if left is None else min(left, _CANCEL_SLICE)
