"""Output of a step: a pipe, or a terminal that the engine makes and reads. A step's input is empty all the same.

The terminal is nobody's controlling terminal: a program that asks on ``/dev/tty`` fails at once instead of waiting
for an answer, and what a step's shell leaves may still finish its output when the shell has ended.
"""

from __future__ import annotations

import errno
import os

COLUMNS, ROWS = 80, 24
"""The size of every terminal, so that a log does not depend on the user's window."""


def open_output(terminal: bool) -> tuple[int, int]:
    """Return two descriptors, the one to read output from and the one that a step writes to."""
    if not terminal:
        return os.pipe()
    reading, writing = os.openpty()
    _set_up(writing)
    return reading, writing


def _set_up(terminal: int) -> None:
    """Set the size, and keep line ends as they are written: no carriage returns come into the log."""
    import fcntl
    import struct
    import termios

    attributes = termios.tcgetattr(terminal)
    attributes[1] &= ~termios.ONLCR
    termios.tcsetattr(terminal, termios.TCSANOW, attributes)
    fcntl.ioctl(terminal, termios.TIOCSWINSZ, struct.pack("HHHH", ROWS, COLUMNS, 0, 0))


def read_output(descriptor: int, size: int) -> bytes:
    """Return what has come, empty at the end: Linux fails a read from a terminal that nobody has open any more."""
    try:
        return os.read(descriptor, size)
    except OSError as error:
        if error.errno == errno.EIO:
            return b""
        raise
