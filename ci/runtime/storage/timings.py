"""How long tests took in earlier runs of a project: what ``circleci tests split --split-by=timings`` weighs by.

On disk, version 1: ``timings-1.json`` in a folder of its own, ``{"filename:a.py": 1.5, ...}``.
https://circleci.com/docs/guides/optimize/use-the-circleci-cli-to-split-tests/#split-by-timing-data
"""

from __future__ import annotations

import contextlib
import fcntl
import json
import os
from collections.abc import Iterable, Iterator
from pathlib import Path

from ...system.private_files import opener, read_bytes, write_text

FOLDER = "timings"
"""In the project's state."""
FILE = "timings-1.json"
KEPT = 100_000
"""How many names are kept; those that have not been seen for longest go first."""


class TimingStore:
    """The times of one project's tests; of several for one name the last counts. Safe for runs at the same time."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def read(self) -> dict[str, float]:
        """Seconds by ``KIND:NAME``; empty if there are none yet."""
        try:
            content = json.loads(read_bytes(self._folder / FILE))
            return {str(name): float(seconds) for name, seconds in content.items()}
        except (OSError, ValueError, AttributeError, TypeError):
            return {}

    def record(self, timings: Iterable[tuple[str, float]]) -> None:
        """Keep the times of a run that has just passed: of one node, or of all nodes of a job together."""
        new = dict(timings)
        if not new:
            return
        with self._locked():
            kept = {name: seconds for name, seconds in self.read().items() if name not in new}
            merged = list({**kept, **new}.items())[-KEPT:]
            temporary = self._folder / f"{FILE}.{os.getpid()}"
            write_text(temporary, json.dumps(dict(merged), ensure_ascii=False))
            os.replace(temporary, self._folder / FILE)

    def table(self) -> bytes:
        """Return the times as a job's ``circleci`` command reads them: ``KIND<tab>SECONDS<tab>NAME``, a line each."""
        lines = []
        for key, seconds in self.read().items():
            kind, _, name = key.partition(":")
            lines.append(f"{kind}\t{seconds:.6f}\t{name}\n")
        return "".join(lines).encode("utf-8", "replace")

    @contextlib.contextmanager
    def _locked(self) -> Iterator[None]:
        self._folder.mkdir(parents=True, exist_ok=True)
        with open(self._folder / "lock", "w", opener=opener) as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield
