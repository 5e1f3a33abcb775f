"""A lock between processes: a file, held while it is open."""

from __future__ import annotations

import contextlib
import fcntl
import threading
from collections.abc import Iterator
from pathlib import Path

from .private_files import make_folder, opener

POLL_SECONDS = 0.05


@contextlib.contextmanager
def locked(path: Path, cancel: threading.Event | None = None) -> Iterator[bool]:
    """Hold the lock of that file; gives False, without it, once ``cancel`` is set."""
    make_folder(path.parent)
    with open(path, "a", opener=opener) as file:
        if cancel is None:
            fcntl.flock(file, fcntl.LOCK_EX)
            yield True
            return
        while not cancel.is_set():
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except OSError:
                cancel.wait(POLL_SECONDS)
            else:
                yield True
                return
        yield False
