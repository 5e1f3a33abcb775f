"""A job's place on this machine with a supervisor of its own."""

from __future__ import annotations

import contextlib
import os
import threading

import pytest

from ci.engines.host.box import HostBox
from ci.engines.host.folder_places import FolderPlaces
from ci.engines.host.guards import OwnGuard, StartGuard
from ci.engines.host.isolation import unavailable_reason
from ci.engines.host.residence import residence
from ci.engines.host.supervision import Supervision
from ci.runtime.box import StepCommand
from ci.runtime.task import Settings
from tests.patience import eventually
from tests.tasks import task

ISOLATIONS = [
    "folder",
    pytest.param("namespace", marks=pytest.mark.skipif(bool(unavailable_reason()), reason=str(unavailable_reason()))),
]
BASH = ("/bin/bash", "-eo", "pipefail")


class Place:
    """A box, what its commands have written, and whether its processes run."""

    def __init__(self, base, isolation: str = "folder", start_guard: StartGuard = OwnGuard) -> None:
        self.task = task(base, [], settings=Settings(base, state=base / "state", isolation=isolation))
        self.scratch = self.task.folders.scratch
        self.stack = contextlib.ExitStack()
        if isolation == "folder":  # as an ordinary user's: without a PID namespace, processes have one number
            places = FolderPlaces(os.fspath(self.scratch))
            for name in ("home", "tmp", "task"):
                (self.scratch / name).mkdir(parents=True)
            self.supervision = Supervision([self.scratch], start_guard=start_guard)
        else:
            home = self.stack.enter_context(residence(self.task, start_guard=start_guard))
            places, self.supervision = home.places, home.supervision
        environment = (("PATH", os.environ["PATH"]), ("HOME", places.home))
        self.box = HostBox(places, environment, "~/project", self.supervision)
        self.box.make_folder(self.box.working_directory)
        self.cancel = threading.Event()
        self.written = b""

    def write(self, data: bytes) -> None:
        self.written += data

    def run(self, script: str, shell=BASH, directory: str = "", **options):
        options.setdefault("no_output_timeout", 60.0)
        command = StepCommand(
            script, shell, options.pop("environment", ()), directory or self.box.working_directory, **options
        )
        return self.box.run(command, self.write, self.cancel)

    def number(self, name: str) -> int:
        """A process id that a script has put into a file of the working directory, once it is there."""
        path = f"{self.box.working_directory}/{name}"
        assert eventually(lambda: self.box.exists(path) and self.box.read(path))
        return int(self.box.read(path))

    def end(self) -> None:
        self.box.end()
        self.stack.close()


@pytest.fixture
def place(tmp_path, request):
    made = Place(tmp_path, getattr(request, "param", "folder"))
    yield made
    made.end()
