"""The part of a run that comes after it was left, for those who have its beginning."""

from __future__ import annotations

from ..events import Event, RunStarted
from .reporters import Reporter


class Onward:
    """Passes on all events but that of the run's beginning."""

    def __init__(self, reporter: Reporter) -> None:
        self._reporter = reporter

    def __call__(self, event: Event) -> None:
        if not isinstance(event, RunStarted):
            self._reporter(event)

    def close(self) -> None:
        self._reporter.close()
