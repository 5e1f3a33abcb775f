"""Our end of the long-lived process in a job's container: requests go in a line each, output comes until its mark."""

from __future__ import annotations

import os
import secrets
import select
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Literal

from ... import process
from ...runtime.box import Ended
from ...runtime.errors import JobError, StepError
from .client import Client
from .framing import Framing
from .shell import line_bytes

DRIVER = Path(__file__).with_name("driver.sh")
CHUNK = 65536
SLICE = 0.1
STOP_SECONDS = 10.0
KILL_AFTER = 2.0
Cause = Literal["exit", "silence", "canceled", "job-time"]
Write = Callable[[bytes], None]


class Session:
    """Runs shell lines in a container, one after another; see driver.sh for what they may call."""

    def __init__(self, client: Client, container: str, user: str, folder: str) -> None:
        self._client = client
        self._container = container
        self._user = ("--user", user) if user else ()
        mark = secrets.token_hex(16)
        self._framing = Framing(mark)
        self.folder = folder
        program = DRIVER.read_text(encoding="utf-8")
        words = ["exec", "-i", *self._user, container, "sh", "-c", program, "sh", folder, mark]
        self._process = client.open(words, process.PIPE, process.PIPE)
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._stdin, self._stdout = self._process.stdin, self._process.stdout
        self._files = 0
        self._lock = threading.Lock()
        self._await(lambda output: None)

    def put(self, path: str, content: bytes, mode: int) -> None:
        """Make a file of the runner's own; small ones only."""
        self.ask(f"printf %b {line_bytes(content)} >{path} && chmod {mode:o} {path}")

    def ask(self, line: str) -> tuple[int, bytes]:
        """Run a line of shell to its end; its status and output."""
        found: list[bytes] = []
        with self._lock:
            self._send(f"{{ {line}; }} </dev/null 2>&1; end $?")
            status = self._await(found.append)
        return status, b"".join(found)

    def step(self, script: str, write: Write, silence: float, until: float, cancel: threading.Event) -> Ended:
        """Run a wrapper script as a process group of its own, to its end or to a reason to end it."""
        with self._lock:
            self._files += 1
            name = f"wrap-{self._files}"
            self._send(f"printf %b {line_bytes(script.encode('utf-8', 'surrogateescape'))} >{self.folder}/{name}")
            self._send(f"step {name}")
            watch = _Watch(silence, until, cancel)
            status = self._await(write, watch)
        return Ended(status, watch.cause)

    def _stop(self, number: str) -> None:
        """Signal the running step's process group, from beside."""
        kill = f"p=$(cat {self.folder}/pid); kill -{number} -- -$p 2>/dev/null || kill -{number} $p"
        self._client.call("exec", *self._user, self._container, "sh", "-c", kill, timeout=STOP_SECONDS)

    def close(self) -> None:
        """End the process; what it started ends with the container."""
        for stream in (self._stdin, self._stdout):
            stream.close()
        if process.wait(self._process, 1.0) is None:
            process.end_group(self._process)

    def _send(self, line: str) -> None:
        if "\n" in line:
            raise StepError("a path of the job's has a line break in it")
        try:
            self._stdin.write(line.encode("utf-8", "surrogateescape") + b"\n")
            self._stdin.flush()
        except OSError:
            raise JobError(self._lost()) from None

    def _await(self, write: Write, watch: _Watch | None = None) -> int:
        """Hand on output until the mark; gives the status behind it."""
        data = b""
        while True:
            output, status = self._framing.feed(data)
            if output:
                write(output)
            if status is not None:
                return status
            data = self._read(watch)

    def _read(self, watch: _Watch | None) -> bytes:
        """Some bytes; none where nothing came for a moment. JobError where the container is no more."""
        ready, _, _ = select.select([self._stdout], [], [], SLICE if watch else None)
        if watch and (number := watch.due(bool(ready))):
            self._stop(number)
        if not ready:
            return b""
        data = os.read(self._stdout.fileno(), CHUNK)
        if not data:
            raise JobError(self._lost())
        return data

    def _lost(self) -> str:
        state = self._client.call("inspect", "--format", "{{.State.OOMKilled}} {{.State.ExitCode}}", self._container)
        words = state.stdout.split()
        if words[:1] == ["true"]:
            return "the container ran out of memory and was ended"
        return f"the container ended by itself{f' (status {words[1]})' if len(words) > 1 else ''}"


class _Watch:
    """The reasons to end a step early; tells once for each which signal it takes."""

    def __init__(self, silence: float, until: float, cancel: threading.Event) -> None:
        self.heard = time.monotonic()
        self.cause: Cause = "exit"
        self._silence, self._until, self._cancel = silence, until, cancel
        self._stopped = 0.0
        self._killed = False

    def due(self, heard: bool) -> str:
        """``TERM`` when the step must end, ``KILL`` when it has not; else empty. JobError where nothing helps."""
        now = time.monotonic()
        self.heard = now if heard else self.heard
        if self._stopped:
            if now > self._stopped + STOP_SECONDS:
                raise JobError("a step could not be ended")
            if now > self._stopped + KILL_AFTER and not self._killed:
                self._killed = True
                return "KILL"
            return ""
        if self._cancel.is_set():
            self.cause = "canceled"
        elif now >= self._until:
            self.cause = "job-time"
        elif now - self.heard >= self._silence:
            self.cause = "silence"
        else:
            return ""
        self._stopped = now
        return "TERM"
