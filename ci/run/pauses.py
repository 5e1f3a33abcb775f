"""What the schedule must know of jobs that are paused: they take no place of those that may run at once."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from pathlib import Path
from typing import Protocol

from ..runtime.stops import NeverStops, Stops

Places = tuple[tuple[str, int], ...]
"""Steps: each a job's final name and a number."""


class Pauses(Stops, Protocol):
    """Decides where jobs stop, and knows which ones wait."""

    changed: Callable[[], None]
    """Called when a job is paused or goes on."""
    at_rest: Callable[[bool, Callable[[], bool]], None]
    """Called when all that runs is paused: whether a job has failed, and what says if it is still so."""

    serve: Callable[[Path], AbstractContextManager[None]]
    """Let others decide, as long as it lasts, from a place in that run's folder."""

    def rule(self, at_failure: bool, before: Places, after: Places) -> None:
        """Set where jobs stop: at failed steps, and before and after steps, each a job's name and a number."""

    def node(self, job: str, label: str) -> AbstractContextManager[None]:
        """Count a node of a job among those that run."""

    def held(self) -> frozenset[str]:
        """Return the jobs of which no node goes on."""


class NoPauses(NeverStops):
    """A run in which no job is ever paused."""

    def __init__(self) -> None:
        self.changed: Callable[[], None] = lambda: None
        self.at_rest: Callable[[bool, Callable[[], bool]], None] = lambda failed, resting: None
        self.serve: Callable[[Path], AbstractContextManager[None]] = lambda folder: nullcontext()

    def rule(self, at_failure: bool, before: Places, after: Places) -> None:
        """Do nothing: what is asked for is refused before a run like this one is made."""

    def node(self, job: str, label: str) -> AbstractContextManager[None]:
        return nullcontext()

    def held(self) -> frozenset[str]:
        return frozenset()
