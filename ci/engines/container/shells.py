"""A job's shells in its container: one for the steps, one for the runner's own questions.

They are two because what a step leaves behind, a server that logs, still writes where the step wrote; until the
first step the one serves both.
"""

from __future__ import annotations

import itertools
import shlex
import threading
import time
from collections.abc import Callable, Sequence

from ... import process
from ...dataclass import dataclass
from ...runtime.box import AheadStep, Ended, StepCommand, Streams
from ...runtime.command import File
from ...runtime.deadlines import GIVE_UP_SECONDS, Deadlines
from ...runtime.failures import JobError, StepError
from ...runtime.script import arguments, encoded
from .access import Access, Attached
from .channel import PASSED, Channel
from .quoting import line_bytes, quoted
from .terminal import open_terminal

LONGEST = 16 * 1024
"""Bytes of a file that go through the shell, which reads its input byte by byte."""
REMOVED = "the step did not run, because a step before it has removed the runner's own files in the container"
UNWRITTEN = "the step did not run, because its script could not be written in the container: is the engine's disk full?"
LIKE_THE_DRIVER = r"""
unset BASH_ENV
{
  read -r driver <"${0%/*}/driver"
  host=$(tr '\0' '\n' <"/proc/$driver/environ" | sed -n 's/^HOSTNAME=//p')
} 2>/dev/null
[ -z "$host" ] || export HOSTNAME="$host"
if command -v bash >/dev/null; then exec bash "$0"; fi
exec sh "$0"
"""
"""A step's shell starts from there with the same variables: SHLVL, and HOSTNAME, which `podman exec` does not set."""
HANG_UP = 'read -r pid <"$0" && kill -0 "$pid" && kill -HUP "-$pid" && sleep 0.3 && kill -KILL "-$pid"'
Write = Callable[[bytes], None]


class Gone(Exception):
    """A step did not run because our own files in the container are no more."""


@dataclass(frozen=True, slots=True)
class Request:
    """A step as the driver gets it: the rest of its ``step`` line, and the files it needs, contents with paths."""

    line: str
    files: dict[str, str]

    def puts(self) -> list[str]:
        """Return the lines that make its files; a large file takes another way."""
        contents = ((path, encoded(content)) for content, path in self.files.items())
        return [f"put {path} {line_bytes(data)}" for path, data in contents if not large(data)]


def large(content: bytes) -> bool:
    """Return whether a file's content does not go through the shell."""
    return len(content) > LONGEST or b"\0" in content


class JobShells:
    """Run shell lines in a container, one after another; ``steps`` is its first shell, whose folder has our own files.

    ``files`` are those that the folder has from the first. With ``terminal`` the steps write to a terminal, if the
    image can have one.
    """

    def __init__(self, access: Access, folder: str, steps: Channel, files: Sequence[File], terminal: bool) -> None:
        self.folder = folder
        self.files = files
        self.halted = False
        """Whether the last step has asked to end the job: it comes with the step's end, so that nobody need look."""
        self.has_terminal = False
        """Whether steps write to a terminal; known from the first step on."""
        self.lacks_terminal = False
        """Whether a terminal was wanted and the image cannot have one; known from the first step on."""
        self._access = access
        self.steps = steps
        self._asks = steps
        self._paths: dict[str, str] = {}
        """Where a content lies that was put into the folder."""
        self._numbers = itertools.count(1)
        self._used_by_step = steps.has_ahead
        self._asked = 0.0
        """When the step was asked for that runs now."""
        self._lock = threading.Lock()
        self._terminal = open_terminal(access) if terminal else None

    def ask(self, line: str) -> tuple[int, bytes]:
        """Run a line of shell to its end; return its status and output."""
        found: list[bytes] = []
        with self._lock:
            if self._used_by_step and self._asks is self.steps:
                self._asks = self._second_shell()
            self._asks.send(f"{{ {line}; }} </dev/null 2>&1; end $?")
            status, _ = self._asks.receive(found.append)
        return status, b"".join(found)

    def _second_shell(self) -> Channel:
        """Start a second shell, for when a step may have left something that writes into the first one's output."""
        access = self._access
        folder = f"{self.folder}/asks"
        channel = Channel(lambda args: access.open(*args, stdin=process.PIPE), folder, access.ended_reason)
        channel.receive(ignore)
        return channel

    def file(self, content: str) -> str:
        """Put a file of our own into the folder; return its path. Raise StepError if it cannot be written whole."""
        if content not in self._paths:
            path = self._new_path()
            self._upload(path, content)
            self._paths[content] = path
        return self._paths[content]

    def request(self, command: StepCommand, environment: str) -> Request:
        """Return what the driver needs to run a step; ``environment`` are the lines of shell that make its own."""
        files: dict[str, str] = {}
        variables = self._place(environment, files)
        args = arguments(command.shell, command.script, lambda script: self._place(script, files))
        return Request(quoted(variables, command.directory, *args), files)

    def _place(self, content: str, files: dict[str, str]) -> str:
        """Return where a file's content is, or is to be put; the same content is the same file."""
        if content in self._paths:
            return self._paths[content]
        return files.setdefault(content, self._new_path())

    def _new_path(self) -> str:
        return f"{self.folder}/file-{next(self._numbers)}"

    def attach(self, program: str, streams: Streams, terminal: bool) -> ContainerShell:
        """Start a shell for a person beside the steps: ``program``, a text, becomes it."""
        path = self._new_path()
        self._upload(path, f"echo $$ >{path}.pid; {program}")  # always anew: a step may have removed all that we had
        attached = self._access.attach("sh", "-c", LIKE_THE_DRIVER, path, streams=streams, terminal=terminal)
        return ContainerShell(self._access, attached, f"{path}.pid")

    def fresh_file(self, content: str) -> str:
        """Put a file into the folder again, whether it was there or not; return its path. Raise StepError."""
        path = self._new_path()
        self._upload(path, content)
        return path

    def _upload(self, path: str, content: str) -> None:
        line = f"mkdir -p {self.folder} && cat >{path} && chmod 755 {path}"
        if not self._access.call("sh", "-c", line, input=encoded(content)).ok:
            raise StepError(UNWRITTEN)

    def step(self, request: Request, write: Write, deadlines: Deadlines, cancel: threading.Event) -> Ended:
        """Run a step as a process group of its own, to its end or to a reason to end it.

        Raise Gone if a step before has removed the files that earlier requests have put there.
        """
        self._used_by_step = True
        self.connect_terminal()
        for content, path in request.files.items():
            if large(encoded(content)):
                self._upload(path, content)
        self.steps.send(*request.puts(), f"step {request.line}")
        self._asked = time.monotonic()
        status, word = self.steps.receive(write, lambda output: self._enforce(deadlines, output, cancel))
        if word == "unwritten":
            raise StepError(UNWRITTEN)
        if word == "gone":
            self._paths.clear()
            raise Gone
        self._paths.update(request.files)
        self.halted = word == "halt"
        return Ended(status, deadlines.cause)

    def ahead_text(self, steps: Sequence[AheadStep], exports: Callable[[StepCommand], str], failing: bool) -> str:
        """Return what the driver reads to run steps one after another by itself, each with files of its own.

        A step may remove all that we had in the container: what the next one needs comes right before it.
        """
        again = "".join(
            f"put {shlex.quote(f'{self.folder}/{each.name}')} {line_bytes(each.content)}\n" for each in self.files
        )
        lines = [
            "end '0 - sent'",
            f"_ci_failing={'yes' if failing else ''}",
            f'_ci_again() {{\nmkdir -p "$_ci_folder/bin"\n{again}chmod 755 "$_ci_folder"/bin/*\n}}',
        ]
        for each in steps:
            self._paths.clear()
            request = self.request(each.command, exports(each.command))
            lines.append('[ -e "$_ci_folder/bin/circleci" ] || _ci_again')
            lines += [f"put {path} {line_bytes(encoded(content))}" for content, path in request.files.items()]
            lines.append(f"ahead {each.when} {each.reruns} {each.delay:g} {request.line}")
        return "".join(f"{line}\n" for line in (*lines, "end '0 - over'"))

    def send_ahead(self, path: str) -> None:
        """Have the driver do what a file says that ``ahead_text`` has made; return once it has begun."""
        self._used_by_step = True
        self.steps.send(f". {path}")
        while self.steps.receive(ignore, passing=())[1] != "sent":
            pass

    def pass_over(self) -> None:
        """Take what the driver says of steps that were sent ahead and have all ended."""
        while self.steps.has_ahead:
            self.steps.has_ahead = self.steps.receive(ignore, passing=PASSED)[1] != "over"

    @property
    def has_ahead(self) -> bool:
        """Whether steps that were sent ahead may not have ended."""
        return self.steps.has_ahead

    def ahead_step(self, write: Write, deadlines: Deadlines, cancel: threading.Event) -> Ended | None:
        """Wait for the end of the next step that was sent ahead and was due; None if there is none."""
        self._asked = time.monotonic()
        status, word = self.steps.receive(write, lambda output: self._enforce(deadlines, output, cancel), PASSED)
        if word == "over":
            self.steps.has_ahead = False
            return None
        if word == "unwritten":
            raise StepError(UNWRITTEN)
        if word == "gone":
            raise StepError(REMOVED)
        self.halted = word == "halt"
        return Ended(status, deadlines.cause, seconds=self.steps.seconds)

    def connect_terminal(self) -> None:
        """Have the steps write to the terminal, if they are to have one; from then on questions go another way."""
        terminal, self._terminal = self._terminal, None
        if terminal is None:
            return
        with self._lock:
            self._used_by_step = True
            self.has_terminal = self.steps.move_output(terminal)
            self.lacks_terminal = not self.has_terminal

    def _enforce(self, deadlines: Deadlines, output: bool, cancel: threading.Event) -> None:
        """End the running step if it is time; raise JobError if nothing helps."""
        now = time.monotonic()
        if output or self._is_beginning(now):
            deadlines.note_output(now)
        action = deadlines.next_action(now, cancel.is_set())
        if action == "give-up":
            raise JobError("a step could not be stopped")
        if action != "go-on":
            self._signal("TERM" if action == "stop" else "KILL")

    def _is_beginning(self, now: float) -> bool:
        """Return whether the step has yet to begin: on a busy machine that may take longer than it may be silent."""
        return not self.steps.pid and now < self._asked + GIVE_UP_SECONDS

    def _signal(self, name: str) -> None:
        """Signal the running step's process group, from another process."""
        pid = self.steps.pid
        line = f"kill -{name} -{pid} 2>/dev/null || kill -{name} {pid}"
        if self.has_ahead:  # those behind it are to know, whatever its status will be
            line = f"true >{self.folder}/failing; {line}"
        self._access.call("sh", "-c", line, timeout=GIVE_UP_SECONDS)

    def leave(self) -> None:
        """Let go of the runner's own questions alone: the shell of the steps goes on."""
        if self._asks is not self.steps:
            self._asks.close()

    def hang_up(self) -> None:
        """Close the shells' input; they end, and what runs in the container too."""
        self._asks.hang_up()
        self.steps.hang_up()

    def close(self) -> None:
        self.steps.close()
        self._asks.close()


class ContainerShell:
    """A shell for a person in a container, whose process in there is named in a file; see ``RunningShell``."""

    def __init__(self, access: Access, attached: Attached, pid_file: str) -> None:
        self._access = access
        self._attached = attached
        self._pid_file = pid_file

    def wait(self) -> int | None:
        status = self._attached.wait()
        self._hang_up()
        return status if status >= 0 else None

    def stop(self) -> None:
        """End both."""
        self._hang_up()
        self._attached.kill()

    def _hang_up(self) -> None:
        """End the process: engines leave it alone when the command line has gone, as with a closed terminal."""
        self._access.call("sh", "-c", HANG_UP, self._pid_file, timeout=GIVE_UP_SECONDS)


def ignore(output: bytes) -> None:
    """Take what comes before a shell's first mark: nothing does."""
