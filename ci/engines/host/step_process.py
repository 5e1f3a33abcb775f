"""One process of a job while it runs: its output, its end, and how it is ended early."""

from __future__ import annotations

import os
import select
import threading
import time
from collections.abc import Callable

from ...process import NOT_FOUND
from ...runtime.box import Ended, StepCommand
from ...runtime.deadlines import Deadlines
from ...runtime.failures import JobError
from .step_terminal import read_output
from .supervision import Supervision

Write = Callable[[bytes], None]

CHUNK = 65536
SLICE = 0.1
"""How often a silent process is looked at for the other reasons to end it, in seconds."""
LATE_OUTPUT_SECONDS = 0.1
"""How long what its shell left, such as ``tee`` behind ``exec > >(tee log)``, may still write to the step."""
NO_PROGRAM = "not found"
"""What the supervisor reports of a program that is in no folder of PATH."""
CANNOT_RUN = 126


class StepProcess:
    """Follow one process of a supervisor to its end; its output is read from a descriptor."""

    def __init__(
        self,
        supervision: Supervision,
        key: int,
        output: int,
        write: Write,
        command: StepCommand,
        cancel: threading.Event,
    ) -> None:
        self.supervision = supervision
        self.key = key
        self.output = output
        self.write = write
        self.command = command
        self.cancel = cancel
        self.deadlines = Deadlines(time.monotonic(), command.no_output_timeout, command.until)
        self.open = True
        self.poll = select.poll()
        self.poll.register(output, select.POLLIN)
        self.poll.register(supervision, select.POLLIN)

    def wait(self) -> Ended:
        """Wait for the end, or bring it about. Raise JobError if the supervisor is lost."""
        while not self.ended():
            for descriptor, _ in self.poll.poll(SLICE * 1000):
                if descriptor == self.output:
                    self.read()
                else:
                    self.supervision.receive()
            self.supervision.check()
            action = self.deadlines.next_action(time.monotonic(), self.cancel.is_set())
            if action == "give-up":
                raise JobError("a step could not be stopped")
            if action == "stop" and not self.ended():  # the supervisor also kills what does not end
                self.supervision.stop(self.key)
        self.read_late()
        self.supervision.hang_up(self.key)
        return self.how()

    def ended(self) -> bool:
        return self.key in self.supervision.exits or self.key in self.supervision.errors

    def how(self) -> Ended:
        """Return how it ended, once it has."""
        error = self.supervision.errors.get(self.key)
        if error is not None:
            return Ended(not_started(error, self.command, self.write), self.deadlines.cause, self.open)
        status = self.supervision.exits[self.key]
        return Ended(status if status >= 0 else 128 - status, self.deadlines.cause, self.open)

    def read(self) -> None:
        data = read_output(self.output, CHUNK)
        if data:
            self.deadlines.note_output(time.monotonic())
            self.write(data)
        else:
            self.open = False
            self.poll.unregister(self.output)

    def read_late(self) -> None:
        """Read to the end of the output, for a moment only if something still holds it."""
        until = time.monotonic() + LATE_OUTPUT_SECONDS
        poll = select.poll()
        poll.register(self.output, select.POLLIN)
        while self.open and poll.poll(max(until - time.monotonic(), 0) * 1000):
            self.read()


def not_started(error: str, command: StepCommand, write: Write) -> int:
    """Write why a shell could not be started; return the status that a shell itself returns for it."""
    if error == NO_PROGRAM:
        write(f"{command.shell[0]}: command not found\n".encode("utf-8", "replace"))
        return NOT_FOUND
    write(f"{error}\n".encode("utf-8", "replace"))
    return CANNOT_RUN


def pump(output: int, write: Write) -> None:
    """Pass on what comes until the end of the output."""
    try:
        while data := read_output(output, CHUNK):
            write(data)
    finally:
        os.close(output)
