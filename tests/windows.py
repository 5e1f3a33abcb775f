"""A program in a real terminal's window, whose screen a test reads and whose keys it types."""

from __future__ import annotations

import contextlib
import fcntl
import os
import pty
import signal
import struct
import subprocess
import sys
import termios
import threading
from collections.abc import Iterator
from pathlib import Path

import pyte

from .projects import ROOT


def rest_of(terminal: int) -> bytes:
    """Return what programs have written to a terminal that nobody has open any more, and close it."""
    found = b""
    with open(terminal, "rb", buffering=0) as file, contextlib.suppress(OSError):  # Linux fails the last read
        while data := file.read(65536):
            found += data
    return found


class TerminalWindow:
    """A window of so many columns and rows with a process in it; all that the process writes is kept."""

    def __init__(self, words: list[str], folder: Path, columns: int, rows: int, environ: dict[str, str]) -> None:
        self.written = b""
        self.screen = pyte.HistoryScreen(columns, rows, history=10_000, ratio=0.001)
        self._stream = pyte.ByteStream(self.screen)
        self._lock = threading.Lock()
        self._terminal, inside = pty.openpty()
        self.resize(columns, rows, of_screen=False)
        variables = {**os.environ, "PYTHONPATH": str(ROOT), "TERM": "xterm-256color", **environ}
        self.process = subprocess.Popen(
            words, cwd=folder, env=variables, stdin=inside, stdout=inside, stderr=inside, preexec_fn=_own_terminal
        )
        os.close(inside)
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    def _read(self) -> None:
        with contextlib.suppress(OSError):  # Linux fails the read behind the last writer
            while data := os.read(self._terminal, 65536):
                with self._lock:
                    self.written += data
                    self._stream.feed(data)

    @property
    def lines(self) -> list[str]:
        with self._lock:
            return "\n".join(line.rstrip() for line in self.screen.display).rstrip().split("\n")

    @property
    def everything(self) -> list[str]:
        """What has scrolled away, and what is on the screen."""
        with self._lock:
            rows = self.screen.history.top
            above = ["".join(row[at].data for at in range(self.screen.columns)).rstrip() for row in rows]
        return [*above, *self.lines]

    @property
    def echoes(self) -> bool:
        """Whether the terminal shows what is typed."""
        return bool(termios.tcgetattr(self._terminal)[3] & termios.ECHO)

    def shows(self, text: str) -> bool:
        return any(text in line for line in self.lines)

    def type(self, keys: str) -> None:
        os.write(self._terminal, keys.encode())

    def resize(self, columns: int, rows: int, of_screen: bool = True) -> None:
        if of_screen:
            with self._lock:
                self.screen.resize(rows, columns)
        fcntl.ioctl(self._terminal, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))

    def end(self, seconds: float = 120) -> int:
        """Wait for the process and all that it has written; return its exit status."""
        status = self.process.wait(seconds)
        self._reader.join(seconds)
        assert not self._reader.is_alive(), "something still has the terminal"
        return status

    def close(self) -> None:
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGINT)
            self.process.wait(60)
        self._reader.join(5)
        if not self._reader.is_alive():  # else its number would be the next window's, which that would read
            os.close(self._terminal)


def _own_terminal() -> None:
    os.setsid()
    fcntl.ioctl(0, termios.TIOCSCTTY, 0)


@contextlib.contextmanager
def window(folder: Path, *words: str, columns: int = 80, rows: int = 24, **environ: str) -> Iterator[TerminalWindow]:
    """``python -m ci`` in a window of its own."""
    opened = TerminalWindow([sys.executable, "-m", "ci", *words], folder, columns, rows, environ)
    try:
        yield opened
    finally:
        opened.close()
