"""Waiting for something to read, whatever the number of the file is."""

from __future__ import annotations

import select

SELECTABLE = 1024
"""``select`` takes numbers of files below that alone, and with hundreds of jobs there are more."""


def readable(descriptor: int, seconds: float | None) -> bool:
    """Return whether there is something to read, or the end of it, within that time; None: wait for ever.

    Raise OSError for a file that is not open.
    """
    if descriptor < SELECTABLE:  # a terminal too, which macOS does not poll
        return bool(select.select([descriptor], [], [], seconds)[0])
    waiting = select.poll()
    waiting.register(descriptor, select.POLLIN)
    [(_, found)] = waiting.poll(None if seconds is None else seconds * 1000) or [(descriptor, 0)]
    if found & select.POLLNVAL:
        raise OSError(f"file {descriptor} is not open")
    return bool(found)
