"""How many jobs may have a Pod at once, by how many files this machine lets one program have open."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

from ...events import Emit, Notice
from ...system.open_files import allow_open_files
from .pod import Canceled

OWN_FILES = 100
"""What this program has open itself, and may need besides."""
FILES_OF_A_JOB = 12
"""Two shells of three each, a log, and what moves between the Pod and here."""
SLICE = 0.5


class JobsAtOnce:
    """Places for that number of jobs, with so many open ``files`` for all of them."""

    def __init__(self, number: int, files: int) -> None:
        self._number, self._files = number, files
        self._free = threading.Semaphore(number)
        self._told = threading.Lock()

    @contextmanager
    def place(self, emit: Emit, cancel: threading.Event) -> Iterator[None]:
        """Have a place while the block lasts; say once that jobs wait for one. Raise Canceled."""
        if not self._free.acquire(blocking=False):
            if self._told.acquire(blocking=False):
                emit(Notice(time.time(), self._limit(), level="warning"))
            while not self._free.acquire(timeout=SLICE):
                if cancel.is_set():
                    raise Canceled
        try:
            yield
        finally:
            self._free.release()

    def _limit(self) -> str:
        most = f"{self._number} at once take {self._files} open files"
        return f"some jobs wait for others: {most}, and this machine allows no more (`ulimit -Hn`)"


def places_for(jobs: int) -> JobsAtOnce:
    """Have this program open as many files as so many jobs take; return places for those that can be at once."""
    files = allow_open_files(OWN_FILES + FILES_OF_A_JOB * jobs)
    return JobsAtOnce(max(1, min(jobs, (files - OWN_FILES) // FILES_OF_A_JOB)), files)
