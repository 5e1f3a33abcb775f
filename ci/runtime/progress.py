"""Work of the runner's own that takes a while, reported from its beginning to its end."""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress

from ..events import Emit, Progress

AFTER, EVERY = 2.0, 2.0
"""Seconds after which work counts as slow, and between two looks at how far it has come."""


@contextmanager
def reported(emit: Emit, task: str, job: str = "") -> Iterator[Callable[[str], None]]:
    """Report work while the block lasts; what it yields takes how far it has come."""

    def detail(text: str) -> None:
        emit(Progress(time.time(), task, text, job))

    emit(Progress(time.time(), task, job=job))
    try:
        yield detail
    finally:
        emit(Progress(time.time(), task, job=job, ended=True))


@contextmanager
def reported_if_slow(emit: Emit, task: str, measure: Callable[[], str], job: str = "") -> Iterator[None]:
    """Report work once it has lasted a while; ``measure``, called in another thread, returns how far it has come."""
    ended = threading.Event()

    def watch() -> None:
        if ended.wait(AFTER):
            return
        with reported(emit, task, job) as detail:
            pause = 0.0
            while not ended.wait(pause):
                began = time.monotonic()
                detail(measure())
                pause = max(EVERY, 10 * (time.monotonic() - began))

    thread = threading.Thread(target=watch, name=task, daemon=True)
    try:
        thread.start()
    except RuntimeError:  # the machine has no thread to spare: nobody learns how far it has come
        yield
        return
    try:
        yield
    finally:
        ended.set()
        thread.join()


def folder_size(folder: str) -> str:
    """Return what there is below a folder: ``1,234 files, 56 MB``."""
    files = size = 0
    for within, _, names in os.walk(folder):
        files += len(names)
        for name in names:
            with suppress(OSError):  # it has been moved meanwhile
                size += os.lstat(os.path.join(within, name)).st_size
    return f"{files:,} file{'' if files == 1 else 's'}, {size / 1e6:,.0f} MB"
