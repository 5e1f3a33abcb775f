"""What the folder of a run says of its jobs that go on without this program."""

from __future__ import annotations

from pathlib import Path

from ..record import detached_run
from ..record.detached_run import DetachedRun
from ..record.json_reader import RecordError
from ..system.private_files import read_bytes


def detached_jobs(run: Path) -> DetachedRun | None:
    """Return what is known of the detached jobs of a run, by its folder; None if nobody can come back to any."""
    try:
        return detached_run.read(read_bytes(run / detached_run.FILE).decode())
    except (OSError, UnicodeDecodeError, RecordError):
        return None
