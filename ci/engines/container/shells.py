"""A job's shells in its container: one for the steps, one for the runner's own questions.

They are two because what a step leaves behind, a server that logs, still writes where the step wrote; until the
first step the one serves both.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Literal

from ... import process
from ...runtime.box import Ended
from ...runtime.failures import JobError, StepError
from ..docker.client import Client
from ..docker.exec_terminal import open_terminal
from .channel import Channel
from .quoting import line_bytes, quoted

LONGEST = 16 * 1024
"""Bytes of a file that go through the shell, which reads its input byte by byte."""
STOP_SECONDS = 10.0
KILL_AFTER = 2.0
UNWRITTEN = "the step was not run, for its script cannot be written in the container: is the disk of the engine full?"
Cause = Literal["exit", "silence", "canceled", "job-time"]
Write = Callable[[bytes], None]


class Gone(Exception):
    """A step did not run, for the runner's files in the container are no more."""


@dataclass(frozen=True)
class Request:
    """A step as the container's shell is told of it: what it is, and the files that it needs, contents with paths."""

    line: str
    files: dict[str, str]

    def puts(self) -> list[str]:
        """The lines that make its files; a large one takes another way."""
        contents = ((path, encoded(content)) for content, path in self.files.items())
        return [f"put {path} {line_bytes(data)}" for path, data in contents if not large(data)]


def encoded(content: str) -> bytes:
    """A file's bytes; those of names that are no UTF-8 come out as they were."""
    return content.encode("utf-8", "surrogateescape")


def large(content: bytes) -> bool:
    """Whether a file's content does not go through the shell."""
    return len(content) > LONGEST or b"\0" in content


class Session:
    """Runs shell lines in a container, one after another, through ``steps``; ``folder`` has the runner's own files.

    With ``terminal`` the steps write to one.
    """

    def __init__(
        self, client: Client, container: str, user: str, folder: str, steps: Channel, terminal: bool = False
    ) -> None:
        self._client = client
        self._container = container
        self.user = ("--user", user) if user else ()
        self.folder = folder
        self._steps = steps
        self._asks = steps
        self._files: dict[str, str] = {}
        self._number = 0
        self.halted = False
        """Whether the last step has asked to end the job: told with its end, so that nobody need look."""
        self._stepped = False
        self._lock = threading.Lock()
        self._terminal = open_terminal(client, container, self.user) if terminal else None
        self._shown = None if terminal else False

    def ask(self, line: str) -> tuple[int, bytes]:
        """Run a line of shell to its end; its status and output."""
        found: list[bytes] = []
        with self._lock:
            if self._stepped and self._asks is self._steps:
                self._asks = self._beside()
            self._asks.send(f"{{ {line}; }} </dev/null 2>&1; end $?")
            status, _ = self._asks.receive(found.append)
        return status, b"".join(found)

    def _beside(self) -> Channel:
        """A second shell, for when a step may have left something that writes into the first one's output."""

        def start(words: list[str]) -> process.Popen:
            return self._client.open(["exec", "-i", *self.user, self._container, *words], process.PIPE, process.PIPE)

        channel = Channel(start, f"{self.folder}/asks", lambda: ended(self._client, self._container))
        channel.receive(nothing)
        return channel

    def file(self, content: str) -> str:
        """Put a file of the runner's own beside the others; gives its path. StepError where it is not whole."""
        if content not in self._files:
            path = self._new_path()
            self._upload(path, content)
            self._files[content] = path
        return self._files[content]

    def request(self, words: Sequence[str], script: str | None, environment: str, directory: str) -> Request:
        """A step: those words, then the path of the script's file where there is one; ``environment`` makes its own."""
        files: dict[str, str] = {}
        places = [self._place(content, files) for content in (environment, script) if content is not None]
        return Request(quoted(places[0], directory, *words, *places[1:]), files)

    def _place(self, content: str, files: dict[str, str]) -> str:
        """Where a file's content is, or is to be put; the same content is the same file."""
        if content in self._files:
            return self._files[content]
        return files.setdefault(content, self._new_path())

    def _new_path(self) -> str:
        self._number += 1
        return f"{self.folder}/file-{self._number}"

    def _upload(self, path: str, content: str) -> None:
        words = ("exec", "-i", *self.user, self._container, "sh", "-c", f"mkdir -p {self.folder} && cat >{path}")
        if not self._client.call(*words, input=encoded(content)).ok:
            raise StepError(UNWRITTEN)

    def step(self, request: Request, write: Write, watch: Watch) -> Ended:
        """Run a step as a process group of its own, to its end or to a reason to end it.

        Raises Gone where a step before has removed the files that earlier requests have put there.
        """
        self._stepped = True
        self.show()
        for content, path in request.files.items():
            if large(encoded(content)):
                self._upload(path, content)
        self._steps.send(*request.puts(), f"step {request.line}")
        status, word = self._steps.receive(write, lambda heard: watch.look(heard, self._stop))
        if word == "unwritten":
            raise StepError(UNWRITTEN)
        if word == "gone":
            self._files.clear()
            raise Gone
        self._files.update(request.files)
        self.halted = word == "halt"
        return Ended(status, watch.cause)

    def show(self) -> bool:
        """Have the steps write to the terminal, if they are to have one; return whether they do. For before a step."""
        if self._shown is None:
            with self._lock:
                self._stepped = True  # questions go another way from now on
                self._shown = self._terminal is not None and self._steps.move_output(self._terminal)
        return self._shown

    def _stop(self, number: str) -> None:
        """Signal the running step's process group, from beside."""
        pid = self._steps.pid
        kill = f"kill -{number} -{pid} 2>/dev/null || kill -{number} {pid}"
        self._client.call("exec", *self.user, self._container, "sh", "-c", kill, timeout=STOP_SECONDS)

    def hang_up(self) -> None:
        """Tell the container's shells that nothing more will come; they end, and what runs in the container too."""
        self._asks.hang_up()
        self._steps.hang_up()

    def close(self) -> None:
        self._steps.close()
        self._asks.close()


def nothing(output: bytes) -> None:
    """The first mark has no output before it."""


def ended(client: Client, container: str) -> str:
    """Why a container is no more."""
    state = client.call("inspect", "--format", "{{.State.OOMKilled}} {{.State.ExitCode}} {{.State.Running}}", container)
    words = state.stdout.split()
    if words[2:] == ["true"]:
        return "the shell that runs the steps was ended, the container was not"
    if words[:1] == ["true"]:
        return "the container ran out of memory and was ended"
    return f"the container ended by itself{f' (status {words[1]})' if len(words) > 1 else ''}"


class Watch:
    """The reasons to end a step early; each signal is sent once."""

    def __init__(self, silence: float, until: float, cancel: threading.Event) -> None:
        self.cause: Cause = "exit"
        self._heard = time.monotonic()
        self._silence, self._until, self._cancel = silence, until, cancel
        self._stopped = 0.0
        self._killed = False

    def look(self, heard: bool, stop: Callable[[str], None]) -> None:
        """End the step where it is time; JobError where nothing helps."""
        now = time.monotonic()
        self._heard = now if heard else self._heard
        if not self._stopped:
            self.cause = self._reason(now)
            if self.cause != "exit":
                self._stopped = now
                stop("TERM")
        elif now > self._stopped + STOP_SECONDS:
            raise JobError("a step could not be ended")
        elif now > self._stopped + KILL_AFTER and not self._killed:
            self._killed = True
            stop("KILL")

    def _reason(self, now: float) -> Cause:
        if self._cancel.is_set():
            return "canceled"
        if now >= self._until:
            return "job-time"
        return "silence" if now - self._heard >= self._silence else "exit"
