"""What a command writes to a terminal of its own, line by line, without what moves the cursor."""

from __future__ import annotations

import contextlib
import errno
import os
import re
from collections.abc import Iterator

COLUMNS, ROWS = 200, 50
PIECE = 65536
_END = re.compile(rb"[\r\n]+")
_SEQUENCE = re.compile(r"\x1b\[[0-?]*[ -/]*[@-~]")


@contextlib.contextmanager
def opened() -> Iterator[tuple[int, int]]:
    """Yield a terminal's two ends, for the reader and for the command; the latter is the caller's to close."""
    import fcntl
    import struct
    import termios

    reading, writing = os.openpty()
    try:
        fcntl.ioctl(writing, termios.TIOCSWINSZ, struct.pack("HHHH", ROWS, COLUMNS, 0, 0))
        yield reading, writing
    finally:
        os.close(reading)


def lines_of(reading: int) -> Iterator[str]:
    """Yield each line that is written until nobody has the terminal open any more, and each state of one."""
    rest = b""
    while data := _read(reading):
        *lines, rest = _END.split(rest + data)
        for line in lines:
            if text := _plain(line):
                yield text
    if text := _plain(rest):
        yield text


def _plain(line: bytes) -> str:
    return _SEQUENCE.sub("", line.decode("utf-8", "replace")).rstrip()


def _read(descriptor: int) -> bytes:
    try:
        return os.read(descriptor, PIECE)
    except OSError as error:
        if error.errno == errno.EIO:  # as Linux reports the end
            return b""
        raise
