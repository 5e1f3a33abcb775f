"""Processes in a Pod by one connection, which end with it: a person's shell, what holds a terminal for the steps."""

from __future__ import annotations

import contextlib
import os
import termios
import threading
import tty
from typing import IO, Any

from ...runtime.box import Streams
from ...system.readable import readable
from .cluster.exec_stream import Broken, ExecStream

CHUNK = 65536
ERRORS = 2
SLICE = 0.2
"""How often the window's size is looked at, in seconds."""
KILLED = -9


class AttachedExec:
    """A process at somebody's streams; see ``Attached`` of container/access.py."""

    def __init__(self, stream: ExecStream, streams: Streams, terminal: bool) -> None:
        self._stream = stream
        self._over = threading.Event()
        # the caller closes his own as soon as it runs
        self._input, self._output, self._errors = map(os.dup, streams)
        self._before = _made_raw(self._input) if terminal else None
        self._terminal = terminal
        self._feeding = threading.Thread(target=self._feed, name="input of a shell", daemon=True)
        self._feeding.start()

    def wait(self) -> int:
        """Show what it writes until it ends; return its status, negative if the connection was lost."""
        try:
            while received := self._stream.receive():
                channel, data = received
                target = self._errors if channel == ERRORS else self._output
                while data:
                    data = data[os.write(target, data) :]
        except (Broken, OSError):
            return KILLED
        finally:
            self._over.set()
            self._stream.close()
            self._feeding.join()  # it gives the terminal back
            for each in (self._output, self._errors):
                os.close(each)
        return KILLED if self._stream.status is None else self._stream.status

    def kill(self) -> None:
        self._over.set()
        self._stream.close()

    def _feed(self) -> None:
        """Send what is typed, and the window's size where there is one."""
        size = (0, 0)
        with contextlib.suppress(Broken, OSError):
            while not self._over.is_set():
                if self._terminal and (now := tuple(os.get_terminal_size(self._input))) != size:
                    size = (now[0], now[1])
                    self._stream.resize(*size)
                if not readable(self._input, SLICE):
                    continue
                data = os.read(self._input, CHUNK)
                if not data:
                    self._stream.close_input()
                    break
                self._stream.send(data)
        if self._before is not None:
            with contextlib.suppress(termios.error):
                termios.tcsetattr(self._input, termios.TCSADRAIN, self._before)
        os.close(self._input)


def _made_raw(terminal: int) -> list[Any] | None:
    """Have keys go through as they are, and what comes be shown as it is; return how the terminal was."""
    try:
        before = termios.tcgetattr(terminal)
        tty.setraw(terminal, termios.TCSANOW)
    except termios.error:
        return None
    return before


class PipedExec:
    """A process on a terminal of its own in the Pod, what it writes being piped; see ``Piped``."""

    def __init__(self, stream: ExecStream) -> None:
        self._stream = stream
        self.stdin: IO[bytes] | None = None
        reading, self._writing = os.pipe()
        self.stdout: IO[bytes] | None = os.fdopen(reading, "rb", buffering=0)
        self._pump = threading.Thread(target=self._pass_on, name="terminal of a Pod", daemon=True)
        self._pump.start()

    def _pass_on(self) -> None:
        with contextlib.suppress(Broken, OSError):
            while received := self._stream.receive():
                data = received[1]
                while data:
                    data = data[os.write(self._writing, data) :]
        os.close(self._writing)

    def wait(self, seconds: float) -> int | None:
        self._pump.join(seconds)
        return None if self._pump.is_alive() else (self._stream.status if self._stream.status is not None else KILLED)

    def end(self) -> None:
        self._stream.close()
