"""A job's shells in its container, which are processes of this machine here."""

from __future__ import annotations

import os
import signal
import threading
import time

import pytest

from ci import process
from ci.engines.container.channel import Channel
from ci.engines.container.piped import CommandPipes
from ci.engines.container.shells import JobShells
from ci.runtime.box import StepCommand
from ci.runtime.deadlines import Deadlines


class Here:
    """This machine in the place of a container; see ``Access``."""

    def open(self, *args, stdin, terminal=False):
        return CommandPipes(process.start(args, stdin=stdin, stderr=process.NOWHERE))

    def call(self, *args, input=None, timeout=None):
        return process.capture(args, input=input, timeout=timeout)

    def ended_reason(self):
        return "lost"


@pytest.fixture
def shells(tmp_path):
    access = Here()
    steps = Channel(lambda args: access.open(*args, stdin=process.PIPE), str(tmp_path / "own"), access.ended_reason)
    steps.receive(lambda output: None)
    made = JobShells(access, str(tmp_path / "own"), steps, (), False)
    yield made
    made.close()


def test_a_step_may_be_silent_from_its_own_begin_on(shells, tmp_path):
    """On a busy machine it begins late; what asks for its end before that would ask nobody."""
    driver = int((tmp_path / "own/driver").read_text())
    command = StepCommand("echo begun; sleep 300", ("/bin/bash", "-e"), (), str(tmp_path), no_output_timeout=0.2)
    output = []
    os.kill(driver, signal.SIGSTOP)
    threading.Timer(1.5, os.kill, (driver, signal.SIGCONT)).start()
    deadlines = Deadlines(time.monotonic(), command.no_output_timeout)
    ended = shells.step(shells.request(command, ""), output.append, deadlines, threading.Event())
    assert (ended.status, ended.cause) == (128 + signal.SIGTERM, "silence")
    assert b"".join(output) == b"begun\n"
