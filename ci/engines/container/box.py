"""A job's place in a container: steps by its shells, paths are the container's, files cross as tar streams."""

from __future__ import annotations

import os
import shlex
import threading
import time
from collections.abc import Callable
from typing import IO

from ... import process
from ...errors import EngineError
from ...runtime.box import Ended, RunningShell, StepCommand, Streams
from ...runtime.deadlines import Deadlines
from ...runtime.job_environment import terminal_type
from ...runtime.script import arguments, reading_input
from ...runtime.task import Task
from ...workflow.model import Pairs
from .access import Access
from .container_files import ContainerFiles
from .piped import Piped
from .quoting import exports
from .shells import Gone, JobShells, Write
from .terminal import BACKGROUND

BACKGROUND_END_SECONDS = 2.0
LOOK = """printf '%s\\n' "${HOME:-/}" "$PATH" "${TERM:-}"; [ -x /bin/bash ] && echo yes || echo no"""


class ContainerBox(ContainerFiles):
    """See runtime/box.py for what each member is. An engine's own says what ends all that runs in its container.

    ``differences`` are the place's, as keys of fidelity.py's table. A variable that is ``hidden`` is of the container's
    own program; steps have what ``of_image`` says of it.
    """

    engine: str
    offers_docker = False

    def __init__(
        self,
        access: Access,
        shells: JobShells,
        task: Task,
        remedy: Callable[[str], str | None],
        differences: Pairs = (),
        hidden: tuple[str, ...] = (),
        of_image: Pairs = (),
    ) -> None:
        super().__init__(access, shells, remedy)
        self._differences = differences
        self._hidden = hidden
        self.home, path, kind, bash = self._look()
        shown: Pairs = (("TERM", terminal_type(kind)),) if task.settings.tty else ()
        self.environment: Pairs = (("PATH", path), ("HOME", self.home), *shown, *of_image)
        self.default_shell: tuple[str, ...] = ("/bin/bash" if bash else "/bin/sh", "-eo", "pipefail")
        self.working_directory = self.home
        self.working_directory = self.path(task.job.working_directory)
        self._make_folder(self.working_directory)
        self._background: list[tuple[Piped, threading.Thread]] = []

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
        return self._shells.step(
            self._shells.request(command, self._exports(command)), write, deadlines(command), cancel
        )

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
        self._pump(running, write)

    def _pump(self, running: Piped, write: Write) -> None:
        """Have the output of a background step go to ``write`` until it ends."""
        assert running.stdout is not None
        thread = threading.Thread(target=_pump, args=(running.stdout, write), daemon=True)
        thread.start()
        self._background.append((running, thread))

    def end(self) -> tuple[Ended, ...]:
        early = [running.wait(0.0) for running, _ in self._background]
        self._end_all()
        self._shells.hang_up()
        for running, thread in self._background:
            if running.wait(BACKGROUND_END_SECONDS) is None:
                running.end()
            thread.join(BACKGROUND_END_SECONDS)
        return tuple(Ended(0, "job-end") if status is None else Ended(status) for status in early)

    def _end_all(self) -> None:
        """End what runs in the container, so far as that does not end with the shells' input."""
        raise NotImplementedError


def deadlines(command: StepCommand) -> Deadlines:
    """Return when a step that runs from now on is to be ended."""
    return Deadlines(time.monotonic(), command.no_output_timeout, command.until)


def _pump(stream: IO[bytes], write: Write) -> None:
    while data := os.read(stream.fileno(), 65536):
        write(data)
