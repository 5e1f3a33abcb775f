"""Standard input, output and errors if whoever started this program has closed them."""

from __future__ import annotations

import os
import sys


def open_closed_streams() -> None:
    """Open what is closed of descriptors 0, 1 and 2, as empty or unread, so that no file of ours gets its number."""
    for number in (0, 1, 2):
        try:
            os.fstat(number)
        except OSError:
            os.set_inheritable(os.open(os.devnull, os.O_RDWR), True)  # it gets the lowest number that is free
    for number, name, mode in ((0, "stdin", "r"), (1, "stdout", "w"), (2, "stderr", "w")):
        if getattr(sys, name) is None:
            setattr(sys, name, open(number, mode, encoding="utf-8", errors="replace", closefd=False))


def let_go_of_broken_output() -> None:
    """Write what is buffered; if nobody reads it, discard it, so that Python's own exit does not complain."""
    for stream in (sys.stdout, sys.stderr):
        try:
            stream.flush()
        except OSError:
            nowhere = os.open(os.devnull, os.O_WRONLY)
            os.dup2(nowhere, stream.fileno())
            os.close(nowhere)
