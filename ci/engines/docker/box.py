"""A job's place in a container: paths are the container's, files cross as tar streams."""

from __future__ import annotations

import os
import shlex
import threading
import time
from typing import IO

from ... import process
from ...errors import EngineError
from ...runtime.box import Ended, RunningShell, StepCommand, Streams
from ...runtime.deadlines import Deadlines
from ...runtime.job_environment import terminal_type
from ...runtime.script import arguments, reading_input
from ...runtime.task import Task
from ...workflow.model import Job, Pairs
from ..container.container_files import ContainerFiles
from ..container.quoting import exports
from ..container.shells import Gone, JobShells, Write
from ..container.terminal import BACKGROUND
from .client import full_disk, is_full
from .containers import Containers
from .exec_access import ExecAccess

BACKGROUND_END_SECONDS = 2.0
END_ALL = """driver=; [ ! -e "$0/driver" ] || read -r driver <"$0/driver"; cd /proc || exit
for process in [0-9]*; do
  case $process in 1 | "$driver" | $$) ;; *) kill -9 "$process" ;; esac
done"""
"""Ends what runs in a container that is kept, but for its first process, which may be an init, and the driver."""
LOOK = """printf '%s\\n' "${HOME:-/}" "$PATH" "${TERM:-}"; [ -x /bin/bash ] && echo yes || echo no"""


class DockerBox(ContainerFiles):
    """See runtime/box.py for what each member is; it lies in the primary container of those that were ``made``."""

    engine = "docker"

    def __init__(self, made: Containers, access: ExecAccess, shells: JobShells, task: Task) -> None:
        job = task.job
        self.offers_docker = made.passed.offers_docker
        super().__init__(access, shells, lambda reason: _remedy(access.client.program, reason))
        self._differences = made.differences
        self._docker = access
        self._keep = task.settings.keep
        self._has_program = made.has_program
        self._hidden = tuple(name for name, _ in job.images[0].environment) if made.has_program and job.images else ()
        self.home, path, kind, bash = self._look()
        shown: Pairs = (("TERM", terminal_type(kind)),) if task.settings.tty else ()
        self.environment: Pairs = (("PATH", path), ("HOME", self.home), *shown, *self._of_image(job))
        self.default_shell: tuple[str, ...] = ("/bin/bash" if bash else "/bin/sh", "-eo", "pipefail")
        self.working_directory = self.home
        self.working_directory = self.path(job.working_directory)
        self._make_folder(self.working_directory)
        self._background: list[tuple[process.Popen, threading.Thread]] = []

    @property
    def terminal(self) -> bool:
        return self._shells.has_terminal

    @property
    def features(self) -> Pairs:
        lacking: Pairs = (("terminal", ""),) if self._shells.lacks_terminal else ()
        return (*self._differences, *lacking)

    def _look(self) -> tuple[str, str, str, bool]:
        status, output = self._shells.ask(LOOK)
        words = output.decode("utf-8", "surrogateescape").split("\n")
        if status or len(words) < 4:
            raise EngineError(f"the container cannot run steps: {' '.join(words)}")
        return words[0], words[1], words[2], words[3] == "yes"

    def _of_image(self, job: Job) -> Pairs:
        """Return what the image itself sets for the variables that the config sets for the container's own program.

        https://circleci.com/docs/reference/configuration-reference/#docker
        """
        if not self._hidden:
            return ()
        asked = ("image", "inspect", "--format", "{{range .Config.Env}}{{println .}}{{end}}", job.images[0].image)
        pairs = (line.partition("=") for line in self._docker.client.call(*asked).stdout.splitlines())
        return tuple((name, value) for name, _, value in pairs if name in self._hidden)

    def run(self, command: StepCommand, write: Write, cancel: threading.Event) -> Ended:
        if command.background:
            self._start(command, write)
            return Ended(0, open=True)
        try:
            return self._step(command, write, cancel)
        except Gone:  # as after `rm -rf /tmp/*`
            for file in self._shells.files:
                self.write(f"{self.task_data}/{file.name}", file.content, file.mode)
            return self._step(command, write, cancel)

    def _step(self, command: StepCommand, write: Write, cancel: threading.Event) -> Ended:
        deadlines = Deadlines(time.monotonic(), command.no_output_timeout, command.until)
        return self._shells.step(self._shells.request(command, self._exports(command)), write, deadlines, cancel)

    def open_shell(self, command: StepCommand, streams: Streams, terminal: bool) -> RunningShell:
        place, file = shlex.quote(command.directory), self._shells.fresh_file
        words = command.shell
        args = arguments(words, command.script, file) if command.script else reading_input(words)
        variables = file(self._exports(command))
        return self._shells.attach(
            f". {variables}; mkdir -p {place}; cd {place} && exec {shlex.join(args)}", streams, terminal
        )

    def _exports(self, command: StepCommand) -> str:
        return exports((*self.environment, *command.environment), self._hidden)

    def _start(self, command: StepCommand, write: Write) -> None:
        """Start a background step: a process of the container beside the others."""
        self._shells.connect_terminal()
        environment, place = self._shells.file(self._exports(command)), shlex.quote(command.directory)
        args = shlex.join(arguments(command.shell, command.script, self._shells.file))
        begin = BACKGROUND if self.terminal else ""
        program = self._shells.file(f"{begin}. {environment}; mkdir -p {place}; cd {place} && exec {args} 2>&1")
        running = self._access.open("sh", program, stdin=process.NOWHERE, terminal=self.terminal)
        assert running.stdout is not None
        thread = threading.Thread(target=_pump, args=(running.stdout, write), daemon=True)
        thread.start()
        self._background.append((running, thread))

    def end(self) -> tuple[Ended, ...]:
        early = [process.wait(running, 0.0) for running, _ in self._background]
        if self._keep:
            self._docker.as_root().call("sh", "-c", END_ALL, self.task_data)
        elif self._has_program:
            self._docker.client.call("kill", self._docker.container)
        self._shells.hang_up()
        for running, thread in self._background:
            if process.wait(running, BACKGROUND_END_SECONDS) is None:
                process.end_group(running)
            thread.join(BACKGROUND_END_SECONDS)
        return tuple(Ended(0, "job-end") if status is None else Ended(status) for status in early)


def _remedy(program: str, reason: str) -> str | None:
    return full_disk(program) if "Wrote only" in reason or is_full(reason) else None


def _pump(stream: IO[bytes], write: Write) -> None:
    while data := os.read(stream.fileno(), 65536):
        write(data)
