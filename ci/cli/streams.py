"""Standard input, output and errors if whoever started this program has closed them, or reads them no more."""

from __future__ import annotations

import os
import sys

UNREAD_SECONDS = 2.0
"""How long nobody reads the output of a program that is to end before it goes on without."""


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


def discard_unread_output() -> None:
    """Let this program end when it was asked to, although nobody reads its output and a thread waits to write to it.

    To be called in the main thread.
    """
    import signal
    import threading

    signal.signal(signal.SIGUSR1, lambda number, frame: None)
    threading.Thread(target=_discard_unread, args=(signal.SIGUSR1,), daemon=True).start()


def _discard_unread(wake: int) -> None:
    """Watch the output; lead what cannot be written anywhere else, and have the threads that write try again."""
    import select
    import signal
    import threading
    import time

    nowhere = os.open(os.devnull, os.O_WRONLY)
    while True:
        time.sleep(UNREAD_SECONDS)
        full = [each for each in (1, 2) if not select.select([], [each], [], UNREAD_SECONDS)[1]]
        for each in full:
            os.dup2(nowhere, each)
        for thread in threading.enumerate() if full else ():
            if thread.ident:
                signal.pthread_kill(thread.ident, wake)  # a write that a signal ends is tried again
