"""The user's terminal and that of a shell as one: keys go there, what it shows comes here, sizes follow."""

from __future__ import annotations

import contextlib
import errno
import fcntl
import os
import select
import struct
import sys
import termios
import tty
from collections.abc import Callable, Iterator

CHUNK = 65536
SLICE = 0.1
"""How often the window's size is looked at, and what else may end the shell, in seconds."""


Size = tuple[int, int]
"""A terminal's columns and rows."""
USUAL: Size = (80, 24)


def user_terminal() -> str:
    """Return the type of the terminal that this program was started on; empty if there is none to type on."""
    if not (sys.stdin.isatty() and sys.stdout.isatty()):
        return ""
    return os.environ.get("TERM") or "xterm"


def size_of(terminal: int) -> Size:
    """Return a terminal's size; the usual one if it does not say."""
    try:
        found = os.get_terminal_size(terminal)
    except OSError:
        return USUAL
    return found.columns or USUAL[0], found.lines or USUAL[1]


def size_from(value: object) -> Size:
    """Return the size that a message has; the usual one if it has none."""
    match value:
        case [int(columns), int(rows)] if 0 < columns < 1 << 16 and 0 < rows < 1 << 16:
            return columns, rows
    return USUAL


def resize(terminal: int, size: Size) -> None:
    """Give a terminal a size; what runs on it hears of that by the system (SIGWINCH)."""
    columns, rows = size
    with contextlib.suppress(OSError):
        fcntl.ioctl(terminal, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))


def open_pair(size: Size) -> tuple[int, int]:
    """Return a new terminal's two ends: what shows it, and what a program has."""
    shown, inside = os.openpty()
    resize(inside, size)
    return shown, inside


def relay(shown: int, wake: int, over: Callable[[], bool] = lambda: False) -> None:
    """Join the user's terminal with another one until ``wake`` becomes readable, ``over`` or either terminal has gone.

    The user's is as before on return, whatever ends this.
    """
    os.set_blocking(shown, False)
    with raw(sys.stdin.fileno()):
        _relay(shown, wake, over)
        while has_come(shown) and _show(shown):
            continue


@contextlib.contextmanager
def raw(terminal: int) -> Iterator[None]:
    """Let every key through as it is, Ctrl-C too."""
    before = termios.tcgetattr(terminal)
    try:
        tty.setraw(terminal, termios.TCSADRAIN)
        yield
    finally:
        with contextlib.suppress(termios.error):  # the window was closed
            termios.tcsetattr(terminal, termios.TCSADRAIN, before)


def _relay(shown: int, wake: int, over: Callable[[], bool]) -> None:
    keys, size, user = b"", (0, 0), sys.stdin.fileno()
    while not over():
        if (now := size_of(user)) != size:
            size = now
            resize(shown, size)
        reading = [shown, wake, *([] if keys else [user])]
        ready, writable, _ = select.select(reading, [shown] if keys else [], [], SLICE)
        if shown in ready and not _show(shown):
            wait_for(wake, over)
            return
        if user in ready and not (keys := os.read(user, CHUNK)):
            return
        if shown in writable:
            with contextlib.suppress(BlockingIOError):
                keys = keys[os.write(shown, keys) :]
        if wake in ready:
            return


def _show(shown: int) -> bool:
    """Show what a terminal has to show; return whether any program has it still open."""
    try:
        data = os.read(shown, CHUNK)
    except BlockingIOError:
        return True
    except OSError as error:
        if error.errno != errno.EIO:
            raise
        return False
    while data:
        data = data[os.write(sys.stdout.fileno(), data) :]
    return True


def wait_for(wake: int, over: Callable[[], bool]) -> None:
    """Wait until a descriptor becomes readable, or ``over`` says so."""
    while not over() and not has_come(wake, SLICE):
        continue


def has_come(wake: int, seconds: float = 0.0) -> bool:
    """Return whether a descriptor is readable within that time."""
    return bool(select.select([wake], [], [], seconds)[0])
