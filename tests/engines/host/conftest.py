"""A job's place on this machine with a supervisor of its own."""

from __future__ import annotations

import os
import threading

import pytest

from ci.engines.host.box import HostBox
from ci.engines.host.supervision import Supervision
from ci.runtime.box import Command
from tests.patience import eventually

BASH = ("/bin/bash", "-eo", "pipefail")


class Place:
    """A box, what its commands have written, and whether its processes run."""

    def __init__(self, scratch) -> None:
        for name in ("home", "tmp", "task"):
            (scratch / name).mkdir(parents=True)
        self.scratch = scratch
        self.supervision = Supervision([scratch])
        environment = (("PATH", os.environ["PATH"]), ("HOME", f"{scratch}/home"))
        self.box = HostBox(scratch, environment, "~/project", self.supervision)
        os.makedirs(self.box.working_directory)
        self.cancel = threading.Event()
        self.written = b""

    def write(self, data: bytes) -> None:
        self.written += data

    def run(self, script: str, shell=BASH, directory: str = "", **options):
        options.setdefault("no_output_timeout", 60.0)
        command = Command(
            script, shell, options.pop("environment", ()), directory or self.box.working_directory, **options
        )
        return self.box.run(command, self.write, self.cancel)

    def number(self, name: str) -> int:
        """A process id that a script has put into a file of the working directory, once it is there."""
        path = f"{self.box.working_directory}/{name}"
        assert eventually(lambda: os.path.exists(path) and os.path.getsize(path) > 0)
        with open(path) as file:
            return int(file.read())


@pytest.fixture
def place(tmp_path):
    made = Place(tmp_path / "scratch")
    yield made
    made.box.end()
