"""A lock between processes: a file, held while it is open."""

from __future__ import annotations

import contextlib
import fcntl
import os
import threading
from collections.abc import Iterator
from pathlib import Path

from .private_files import make_folder, opener

POLL_SECONDS = 0.05


@contextlib.contextmanager
def locked(path: Path, cancel: threading.Event | None = None) -> Iterator[bool]:
    """Hold the lock of that file; yield False, without it, once ``cancel`` is set."""
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


@contextlib.contextmanager
def lock_if_free(path: Path) -> Iterator[bool]:
    """Hold the lock of that file; yield False, without it, if somebody else holds it."""
    with open(path, "a", opener=opener) as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            yield False
            return
        yield True


@contextlib.contextmanager
def locked_folder(path: Path) -> Iterator[None]:
    """Hold the lock of a folder, in which no file is left for that; raise OSError if there is no such folder.

    A file system without such locks, as NFS, has none.
    """
    folder = os.open(path, os.O_RDONLY | os.O_DIRECTORY)
    try:
        with contextlib.suppress(OSError):
            fcntl.flock(folder, fcntl.LOCK_EX)
        yield
    finally:
        os.close(folder)
