"""A job's Pod entered by the cluster's streams. See engines/container/access.py."""

from __future__ import annotations

import itertools
import os
import secrets
import shlex
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import IO

from ... import process
from ...errors import EngineError
from ...runtime.box import Streams
from ...runtime.failures import JobError
from ..container.piped import Piped
from .attached_exec import AttachedExec, PipedExec
from .cluster.exec_stream import Broken, ExecStream
from .detached_pod import LeftProcess
from .manifest import SPOOL
from .pod import ENDED, Pod
from .pod_process import PodProcess
from .rights import role_hint

AGENT = f"{SPOOL}/agent.sh"
"""Where the Pod's own program is in it: on a volume of the Pod's, so that no step loses it with /tmp."""
CHUNK = 65536
OUTPUT, ERRORS = 1, 2
LOOK_SECONDS = 0.5
"""How often a transfer is looked at for the end of the run."""
PATIENCE = 5.0
"""Seconds without a word after which it is asked whether the Pod is still there."""
END_SECONDS = 3.0
"""How long a Pod whose shell has gone is given to have ended too."""
AS_ROOT = '[ "$(id -u)" != 0 ] || exec "$@"; exec sudo -n "$@"'
Write = Callable[[bytes], object]


class PodAccess:
    """The primary container of a Pod, as the image's user; with ``root`` by the image's sudo."""

    def __init__(self, pod: Pod, names: Iterator[str] | None = None, root: bool = False) -> None:
        self._pod = pod
        self._names = names or _process_names()
        self._root = root

    def check(self) -> None:
        self._pod.check()

    def open(self, *args: str, stdin: int, terminal: bool = False) -> Piped:
        if terminal:
            return PipedExec(self._connect(("sh", AGENT, "plain", *args), stdin=stdin == process.PIPE, terminal=True))
        return PodProcess(next(self._names), args, AGENT, self._pod.connect, self._pod.lost, self._pod.contact)

    def again(self, left: LeftProcess) -> PodProcess:
        """Return a process that somebody has left, from where that was."""
        return PodProcess(left.name, ("true",), AGENT, self._pod.connect, self._pod.lost, self._pod.contact, left.place)

    def set_limit(self, seconds: float, detached: bool) -> None:
        """Set how long the Pod goes on without news. Raise JobError."""
        words = ("detached",) if detached else ()
        if not self.call("sh", AGENT, "limit", f"{seconds:.0f}", *words).ok:
            raise JobError(f"its time without this machine could not be set: {self.ended_reason()}")

    def attach(self, *args: str, streams: Streams, terminal: bool) -> AttachedExec:
        return AttachedExec(
            self._connect(("sh", AGENT, "plain", *args), stdin=True, terminal=terminal), streams, terminal
        )

    def _connect(self, args: Sequence[str], stdin: bool, terminal: bool) -> ExecStream:
        try:
            return self._pod.connect(self._words(args), stdin, terminal)
        except Broken as error:
            raise EngineError(f"the Pod cannot be entered: {error}") from None

    def call(self, *args: str, input: bytes | None = None, timeout: float | None = None) -> process.Captured:
        output: list[bytes] = []

        def begin() -> Write:
            output.clear()
            return output.append

        until = None if timeout is None else time.monotonic() + timeout
        try:
            status, errors = self._whole(args, lambda: input, begin, until)
        except TimeoutError:
            return process.Captured(124, "", "it took too long", "timeout")
        text = b"".join(output).decode("utf-8", "surrogateescape")
        return process.Captured(status, text, errors)

    def copy(self, line: str, source: IO[bytes] | int, target: IO[bytes] | int) -> tuple[int, str]:
        start = 0 if isinstance(source, int) else source.tell()
        place = 0 if isinstance(target, int) else target.tell()

        def given() -> IO[bytes] | None:
            if isinstance(source, int):
                return None
            source.seek(start)
            return source

        def begin() -> Write:
            if isinstance(target, int):
                return lambda data: None
            target.seek(place)
            target.truncate()
            return target.write

        status, errors = self._whole(("sh", "-c", line), given, begin, None)
        if not isinstance(target, int):
            target.flush()
        return status, errors

    def _whole(
        self,
        args: Sequence[str],
        given: Callable[[], IO[bytes] | bytes | None],
        begin: Callable[[], Write],
        until: float | None,
    ) -> tuple[int, str]:
        """Run a process to its end, and anew where the connection breaks; return its status and its errors.

        What runs here may be run twice: it writes a whole file, asks something, sends a signal. Raise TimeoutError.
        """
        while True:
            try:
                return exchange(self._pod, self._words(args), given(), begin(), until)
            except Broken as error:
                if until is None and self._pod.canceled:
                    return 255, ENDED
                if self._pod.lost(1.0):
                    return 255, f"the connection to the Pod has broken: {error}"
                if until is not None and time.monotonic() > until:
                    raise TimeoutError from None

    def _words(self, args: Sequence[str]) -> tuple[str, ...]:
        return ("sh", "-c", AS_ROOT, "root", *args) if self._root else tuple(args)

    def as_root(self) -> PodAccess:
        return PodAccess(self._pod, self._names, root=True)

    def ended_reason(self) -> str:
        if self._pod.barred:
            takes = "the Pod cannot be entered, which takes the verbs get and create on pods/exec"
            return f"{takes}: {self._pod.barred}. {role_hint()}"
        state = self._pod.end(END_SECONDS)
        return state.text if state else "the shell that runs the steps was killed; the Pod still runs"


def task_folder(pod: str) -> str:
    """Return where the runner's own files of a job are in its Pod, of that name."""
    return f"/tmp/nox-circleci-{pod.rpartition('-')[2]}"


def agent_text(limit: float) -> str:
    """Return what a Pod's first process is to do, as a shell's text whose arguments are a program: see agent.sh."""
    program = Path(__file__).with_name("agent.sh").read_text(encoding="utf-8")
    return f'printf %s {shlex.quote(program)} >{AGENT} && exec sh {AGENT} serve {limit:.0f} "$@"'


def _process_names() -> Iterator[str]:
    """Yield names that no process of a Pod has had, whoever entered it before."""
    first = secrets.token_hex(4)
    return (f"process-{first}-{number}" for number in itertools.count(1))


def exchange(
    pod: Pod,
    words: Sequence[str],
    given: IO[bytes] | bytes | None,
    write: Write,
    until: float | None,
) -> tuple[int, str]:
    """Run a process with that input; return its status and its errors. Raise Broken, or TimeoutError after ``until``.

    The input's end is its size, which goes along: not every server can close one direction of a connection.
    """
    if given is not None:
        words = ("sh", "-c", 'head -c "$0" | "$@"', str(_size(given)), *words)
    stream = pod.connect(words, given is not None)
    errors: list[bytes] = []
    try:
        if given is not None:
            threading.Thread(target=_send, args=(stream, given), name="input of a Pod", daemon=True).start()
        while received := _received(stream, pod, until):
            pod.contact.heard()
            channel, data = received
            if channel == OUTPUT:
                write(data)
            elif channel == ERRORS:
                errors.append(data)
    finally:
        stream.close()
    if stream.status is None:
        raise Broken("the connection was closed without a status")
    return stream.status, b"".join(errors).decode("utf-8", "replace").strip()


def _received(stream: ExecStream, pod: Pod, until: float | None) -> tuple[int, bytes] | None:
    """Return what comes next. Raise TimeoutError after ``until``, Broken if the Pod is lost or the connection breaks.

    With a node that is gone the connection stays, and nothing comes. What has no time limit of its own ends with the
    run too: a step is ended by what has one.
    """
    patient = time.monotonic() + PATIENCE
    while True:
        if until is None and pod.canceled:
            raise Broken(ENDED)
        left = LOOK_SECONDS if until is None else until - time.monotonic()
        try:
            return stream.receive(min(max(left, 0.0), LOOK_SECONDS))
        except TimeoutError:
            if left <= 0:
                raise
            if time.monotonic() >= patient:
                patient += PATIENCE
                pod.contact.unheard()
                if pod.lost(0.0):
                    raise Broken("the Pod is lost") from None


def _size(given: IO[bytes] | bytes) -> int:
    if isinstance(given, bytes):
        return len(given)
    given.flush()
    return os.fstat(given.fileno()).st_size - given.tell()


def _send(stream: ExecStream, given: IO[bytes] | bytes) -> None:
    """Send an input; whoever receives from the connection learns of its end too."""
    try:
        for data in _pieces(given):
            stream.send(data)
    except Broken:
        return


def _pieces(given: IO[bytes] | bytes) -> Iterator[bytes]:
    """Yield an input in pieces; a file from where it stands, which may be moved meanwhile to begin again."""
    if isinstance(given, bytes):
        yield from (given[start : start + CHUNK] for start in range(0, len(given), CHUNK))
        return
    descriptor, at = given.fileno(), given.tell()
    while data := os.pread(descriptor, CHUNK, at):
        at += len(data)
        yield data
