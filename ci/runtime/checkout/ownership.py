"""Which repositories on this machine a job's ``checkout`` steps may replace: its own, and no others."""

from __future__ import annotations

import os
from pathlib import Path


class Ownership:
    """The folders of one job, and the repositories that its ``checkout`` steps made elsewhere.

    It is kept in memory: nothing that a repository or a step puts on disk can claim that a folder is the job's.
    """

    def __init__(self, *own: Path) -> None:
        """``own`` are folders that the run made for this job: everything below them is the job's."""
        self._own = [os.path.realpath(folder) for folder in own]
        self._made: set[tuple[str, int, int]] = set()

    def covers(self, folder: Path) -> bool:
        """Return whether a folder, its links resolved, is the job's."""
        identity = _identity(folder)
        return identity in self._made or any(identity[0].startswith(own + os.sep) for own in self._own)

    def remember(self, folder: Path) -> None:
        """Record a folder into which a ``checkout`` step of this job has put its repository."""
        self._made.add(_identity(folder))


def _identity(folder: Path) -> tuple[str, int, int]:
    place = os.path.realpath(folder)
    status = os.stat(place)
    return place, status.st_dev, status.st_ino
