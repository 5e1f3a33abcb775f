"""A folder in which steps run with a real shell: the smallest box there is."""

from __future__ import annotations

import os
import select
import signal
import subprocess
import threading
import time
from pathlib import Path

from ci.runtime.box import Ended, StepCommand
from ci.runtime.failures import JobError, StepError
from ci.runtime.job import task_files

from .conftest import FolderBox

LOST = "lose the box"


class ShellBox(FolderBox):
    """``commands`` are those that were run. A background command that sleeps is ended, any other waited for."""

    environment = (("PATH", os.environ["PATH"]), ("LAYER", "box"))

    def __init__(self, folder: Path) -> None:
        super().__init__(folder)
        self.commands: list[StepCommand] = []
        self.leaves_open = False
        self.refusal = ""
        self._background = []

    def fill(self, task):
        """Put the files of a task in, as engines do."""
        for file in task_files(task):
            self.write(f"{self.task_data}/{file.name}", file.content, file.mode)
        return self

    def run(self, command, write, cancel):
        self.commands.append(command)
        if command.script == LOST:
            raise JobError("the box is gone with hunter22-x")
        process = subprocess.Popen(
            [*command.shell, "-c", command.script],
            cwd=command.directory,
            env=dict((*self.environment, *command.environment)),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
        if command.background:
            reader = threading.Thread(target=self._relay, args=(process, write))
            reader.start()
            self._background.append((process, reader, "sleep" in command.script))
            return Ended(0)
        cause = self._follow(process, command, write, cancel)
        return Ended(process.wait(), cause, self.leaves_open)

    def _follow(self, process, command, write, cancel):
        last = time.monotonic()
        cause = "exit"
        while True:
            if select.select([process.stdout], [], [], 0.01)[0]:
                last = time.monotonic()
                if not (data := os.read(process.stdout.fileno(), 4096)):
                    process.stdout.close()
                    return cause
                write(data)
            elif cancel.is_set():
                cause = "canceled"
            elif time.monotonic() >= command.until:
                cause = "job-time"
            elif time.monotonic() - last >= command.no_output_timeout:
                cause = "silence"
            if cause != "exit":
                os.killpg(process.pid, signal.SIGKILL)

    def _relay(self, process, write):
        while data := os.read(process.stdout.fileno(), 4096):
            write(data)

    def end(self):
        return tuple(map(self._ended, self._background))

    def _ended(self, started):
        process, reader, sleeps = started
        if sleeps:
            os.killpg(process.pid, signal.SIGKILL)
        status = process.wait()
        reader.join()
        process.stdout.close()
        return Ended(status, "job-end") if sleeps else Ended(status)

    def checkout(self, path, tree):
        tree(path)

    def place(self, name, folder, tree):
        if self.refusal:
            raise StepError(self.refusal)
        tree(f"{self.home}/{name}")
        return f"{self.home}/{name}"
