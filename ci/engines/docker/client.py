"""Docker and Podman behind one class, through their command lines: DOCKER_HOST and contexts are theirs to respect."""

from __future__ import annotations

import os
import re
import shutil
import signal
import threading
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import partial
from typing import IO

from ... import process
from ...dataclass import dataclass
from ...errors import EngineError, Problem
from ...runtime.box import Streams
from ...system.cancellation import Check, unchecked
from ...workflow.model import Pairs

PROGRAMS = ("docker", "podman")
PRESERVE = "com.circleci.preserve-entrypoint"
ANSWER_SECONDS = 15.0
_USERINFO = re.compile(r"//[^/@\s]*@")
INFO = {
    False: "{{.ServerVersion}} {{.NCPU}} {{.MemTotal}} {{.Architecture}} {{.CPUCfsQuota}} {{.MemoryLimit}}",
    True: "{{.Version.Version}} {{.Host.CPUs}} {{.Host.MemTotal}} {{.Host.Arch}} {{.Host.CgroupControllers}}",
}
"""What is asked of Docker, and of Podman: the version, then the machine."""


@dataclass(frozen=True)
class ImageHere:
    """What there is to know of an image that is here."""

    keeps_entrypoint: bool
    """Whether it says that its entrypoint is to run in a job's primary container too, beside the steps.

    https://circleci.com/docs/guides/execution-managed/custom-images/#adding-an-entrypoint
    """


@dataclass(frozen=True)
class Client:
    """A container engine's command line that answers."""

    program: str
    machine: str = ""
    """What the engine reported of its machine, in the form of ``resources.py``."""
    instead: str = ""
    """Why an engine that is installed and looked for first was not taken; empty if there is no such engine."""
    host: str = ""
    """The engine's address, as in DOCKER_HOST; empty if that is as the environment has it."""

    def call(
        self,
        *words: str,
        input: bytes | None = None,
        timeout: float | None = None,
        cancel: threading.Event | None = None,
        variables: Pairs = (),
    ) -> process.Captured:
        """Run a command to its end, with those variables too; its failure is in the result."""
        environ = self._environ(variables)
        return process.capture([self.program, *words], env=environ, input=input, timeout=timeout, cancel=cancel)

    def begin(self, *words: str) -> process.Begun:
        """Start a command whose result is collected later."""
        return process.begin([self.program, *words], env=self._environ())

    def must(self, *words: str, variables: Pairs = (), input: bytes | None = None) -> str:
        """Return the output of a command; raise EngineError with the engine's message if it fails."""
        done = self.call(*words, variables=variables, input=input)
        if not done.ok:
            raise EngineError(Problem(message(self.program, words, done.stderr)))
        return done.stdout.strip()

    def open(
        self,
        words: Sequence[str],
        stdin: int,
        stdout: int,
        stderr: int | IO[bytes] = process.NOWHERE,
        variables: Pairs = (),
    ) -> process.Popen:
        """Start a command that goes on, with those variables too; raise EngineError if it cannot be started."""
        environ = self._environ(variables)
        try:
            return process.start([self.program, *words], env=environ, stdin=stdin, stdout=stdout, stderr=stderr)
        except OSError as error:
            raise EngineError(Problem(f"{self.program} cannot be started: {error.strerror}")) from None

    def attach(self, words: Sequence[str], streams: Streams, terminal: bool) -> AttachedClient:
        """Start a command at these streams, which stay the caller's; with ``terminal`` they are one that controls it.

        Raise EngineError if it cannot be started.
        """
        environ = {**self.environ(), "DOCKER_CLI_HINTS": "false"}
        command = [self.program, *words]
        try:
            if terminal:
                pid = process.start_on_terminal(command, os.ttyname(streams[0]), environ)
                return AttachedClient(pid, partial(process.wait_for, pid))
            running = process.start(command, env=environ, stdin=streams[0], stdout=streams[1], stderr=streams[2])
            return AttachedClient(running.pid, running.wait)
        except OSError as error:
            raise EngineError(Problem(f"{self.program} cannot be started: {error.strerror}")) from None

    def copy(
        self, words: Sequence[str], source: IO[bytes] | int, target: IO[bytes] | int, check: Check = unchecked
    ) -> tuple[int, str]:
        """Run a command between two files, each from where it stands; its status and its last words.

        ``check`` is called now and then: what it raises ends the command, and is raised here.
        """
        for file in (source, target):
            if not isinstance(file, int):
                file.flush()
                os.lseek(file.fileno(), file.tell(), os.SEEK_SET)  # a buffer may have read ahead
        environ = self._environ()
        with process.start([self.program, *words], env=environ, stdin=source, stdout=target) as running:
            stderr = process.errors_of(running, check)
            return running.wait(), stderr.decode("utf-8", "replace").strip()

    def follow(self, words: Sequence[str], report: Callable[[str], None], variables: Pairs = ()) -> int:
        """Run a command to its end, with those variables too, its output shown line by line; return its status."""
        command = [self.program, *words]
        with process.start(
            command, env=self._environ(variables), stdout=process.PIPE, stderr=process.TOGETHER
        ) as running:
            try:
                assert running.stdout is not None
                for line in running.stdout:
                    report(line.decode("utf-8", "replace").rstrip())
                return running.wait()
            except BaseException:
                process.end_group(running)
                raise

    def follow_on_terminal(self, words: Sequence[str], report: Callable[[str], None], variables: Pairs = ()) -> int:
        """As ``follow``, with a terminal to write to, on which Docker shows how far it has come."""
        from .terminal_output import lines_of, opened

        with opened() as (reading, writing):
            running = self.open(words, process.NOWHERE, writing, process.TOGETHER, variables)
            with running:
                try:
                    os.close(writing)
                    for line in lines_of(reading):
                        report(line)
                    return running.wait()
                except BaseException:
                    process.end_group(running)
                    raise

    def remove(self, containers: Iterable[str]) -> None:
        """End and remove containers at once, with their volumes, in that order; one that has gone is not an error."""
        names = list(containers)
        if self.podman:  # takes several at once in any order, and refuses one whose network another shares
            for name in names:
                self.call("rm", "--force", "--volumes", "--time", "0", name)
        else:
            self.call("rm", "--force", "--volumes", *names)

    def environ(self) -> dict[str, str]:
        """Return the variables with which the command line reaches its engine."""
        return {**os.environ, **({"DOCKER_HOST": self.host} if self.host else {})}

    def _environ(self, variables: Pairs = ()) -> dict[str, str] | None:
        return {**self.environ(), **dict(variables)} if variables or self.host else None

    @property
    def podman(self) -> bool:
        return "podman" in self.program

    def rootless(self) -> bool:
        """Whether the engine runs as a user who is not root: this machine's users have other numbers in containers."""
        form = "{{.Host.Security.Rootless}}" if self.podman else "{{.SecurityOptions}}"
        output = self.call("info", "--format", form).stdout.strip()
        return output == "true" or "name=rootless" in output

    def ask_of(self, image: str) -> process.Begun:
        """Begin to look at an image; ``seen`` understands the answer."""
        form = f'{{{{.Os}}}}/{{{{.Architecture}}}} {{{{index .Config.Labels "{PRESERVE}"}}}}'
        return self.begin("image", "inspect", "--format", form, image)


@dataclass(frozen=True)
class AttachedClient:
    """A command of the engine at somebody's streams; see ``Attached`` in engines/container/access.py."""

    pid: int
    wait: Callable[[], int]

    def kill(self) -> None:
        process.signal_group(self.pid, signal.SIGKILL)


@dataclass(frozen=True)
class NoEngine:
    """No container engine answers; ``reason`` is why."""

    reason: str


def seen(inspected: process.Captured, platform: str) -> ImageHere | None:
    """Return an image that is here, of that platform (``linux/arm64``) if one is wanted; None if it is not."""
    kind, _, label = inspected.stdout.strip().partition(" ")
    if not inspected.ok or (platform and platform.lower().split("/")[:2] != kind.split("/")):
        return None
    return ImageHere(keeps_entrypoint=label == "true")


def message(program: str, words: Sequence[str], stderr: str) -> str:
    """Return an engine's error output on one line."""
    lines = [line.strip() for line in stderr.strip().splitlines() if line.strip()]
    reason = next((line for line in lines if "rror" in line), lines[-1] if lines else "it printed no reason")
    hint = f". {full_disk(program)}" if is_full(stderr) else ""
    if "bind source path does not exist" in reason:
        hint = ": the engine does not see this machine's files (--no-host-ca passes no certificates)"
    return f"{program} {words[0]} failed: {reason}{hint}"


def is_full(text: str) -> bool:
    """Whether an engine, or a program in a container, complains of a full disk."""
    return "no space left" in text.lower()


def full_disk(program: str) -> str:
    """Return what to report of a full disk, and what to do."""
    return f"The disk of the engine is full: `{program} system prune` frees some of it"


def find(environ: Mapping[str, str] | None = None, host: str = "") -> Client | NoEngine:
    """Return the first engine that answers, or why none does; see ``Search``."""
    return Search(environ, host).result()


class Search:
    """The search for an engine that answers; the first is asked at once, while the rest of this program is loaded.

    NOX_CIRCLECI_DOCKER names a program to take instead of looking for docker, then podman. If DOCKER_HOST or
    DOCKER_CONTEXT is set and Docker does not answer, the search fails instead of falling back to Podman.
    """

    def __init__(self, environ: Mapping[str, str] | None = None, host: str = "") -> None:
        self._host = host
        given = os.environ if environ is None else environ
        self._variables = {**given, **({"DOCKER_HOST": host} if host else {})}
        named = self._variables.get("NOX_CIRCLECI_DOCKER", "")
        path = self._variables.get("PATH")
        self._programs = {program: shutil.which(program, path=path) for program in ([named] if named else PROGRAMS)}
        self._result: Client | NoEngine | None = None
        self._first = next((_ask(program, path, host) for program, path in self._programs.items() if path), None)

    @property
    def installed(self) -> list[str]:
        """The programs that are there, whether an engine answers or not."""
        return [program for program, path in self._programs.items() if path]

    def result(self) -> Client | NoEngine:
        """Return the first that answers, or why none does; only the first call asks."""
        if self._result is None:
            self._result = self._wait()
        return self._result

    def _wait(self) -> Client | NoEngine:
        reasons: list[str] = []
        dead: list[str] = []
        asked, self._first = self._first, None
        for program, path in self._programs.items():
            if not path:
                reasons.append(f"there is no {program} on PATH")
                continue
            done = (asked or _ask(program, path, self._host)).result(ANSWER_SECONDS)
            asked = None
            version, _, machine = done.stdout.partition(" ")
            if done.ok and version:  # a command line without its engine may describe itself
                return Client(program, machine, "; ".join(dead), self._host)
            lines = without_password(done.stderr).strip().splitlines()
            dead.append(f"{program} does not answer: {lines[-1] if lines else _silent(done)}")
            reasons.append(dead[-1])
            chosen = next(filter(self._variables.get, ("DOCKER_HOST", "DOCKER_CONTEXT")), "")
            if chosen:
                reasons[-1] += f" ({chosen} is set)"
                break
        return NoEngine("; ".join(reasons))


def _silent(done: process.Captured) -> str:
    return "it took too long" if done.cause == "timeout" else "it printed no reason"


def without_password(address: str) -> str:
    """Return an engine's address, or a text with such, without the user and the password in it."""
    return _USERINFO.sub("//", address)


def _ask(program: str, path: str, host: str) -> process.Begun:
    return Client(path, host=host).begin("info", "--format", INFO[Client(program).podman])
