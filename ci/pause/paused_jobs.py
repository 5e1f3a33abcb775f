"""The jobs of one run that are paused: they wait in their own threads until one of several places decides."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from pathlib import Path
from typing import Protocol

from ..dataclass import dataclass, field
from ..run.pauses import Places
from ..runtime.stops import Decision, Held, Stop
from ..workflow.duration import written
from .stop_rules import StopRules

POLL_SECONDS = 0.1


class NotPausedError(ValueError):
    """No paused job is meant, or more than one; the message names those that there are."""


class Asker(Protocol):
    """Asks a person on the terminal of the run."""

    def __call__(self, stop: Stop, held: Held, decided: Callable[[], bool]) -> Decision | None:
        """Return the decision; None as soon as ``decided`` returns true."""


@dataclass(slots=True)
class PausedJob:
    """A job node that waits."""

    stop: Stop
    held: Held
    since: float
    """Seconds since the epoch."""
    until: float
    """When it is given up."""
    decision: Decision | None = None
    decided: threading.Event = field(default_factory=threading.Event)


class PausedJobs:
    """Stops jobs as the rules say and holds them; see ``runtime/stops.py`` and ``run/pauses.py``."""

    may_stop = True

    def __init__(self, limit: float, ask: Asker | None = None) -> None:
        """``limit`` is how many seconds a job may be paused; without ``ask`` nobody is at the terminal."""
        self.rules = StopRules()
        self.asks = ask is not None
        self._limit = limit
        self._ask = ask
        self._lock = threading.Lock()
        self._paused: dict[str, PausedJob] = {}
        self._nodes: dict[str, set[str]] = {}
        """The labels of the nodes that run, by job."""
        self.changed: Callable[[], None] = lambda: None
        """Called when a job is paused or goes on."""
        self.at_rest: Callable[[bool, Callable[[], bool]], None] = lambda failed, resting: None
        """Called when all that runs is paused: whether a job has failed, and what says if it is still so."""

        self.serve: Callable[[Path], AbstractContextManager[None]] = lambda folder: nullcontext()

    def rule(self, at_failure: bool, before: Places, after: Places) -> None:
        self.rules = StopRules(at_failure, before, after)

    def at(self, stop: Stop) -> bool:
        return self.rules.at(stop)

    def decide(self, stop: Stop, held: Held, cancel: threading.Event) -> Decision:
        now = time.time()
        paused = PausedJob(stop, held, now, now + self._limit)
        with self._lock:
            self._paused[stop.label] = paused
        self.changed()
        try:
            return self._decision(paused, cancel)
        finally:
            with self._lock:
                del self._paused[stop.label]
            self.changed()

    def _decision(self, paused: PausedJob, cancel: threading.Event) -> Decision:
        def decided() -> bool:
            return paused.decided.is_set() or cancel.is_set() or time.time() >= paused.until

        asked = self._ask(paused.stop, paused.held, decided) if self._ask else None
        while not asked and not decided():
            paused.decided.wait(POLL_SECONDS)
        if paused.decision:
            return paused.decision
        if asked:
            return asked
        if cancel.is_set():
            return Decision("give-up", reason="the run was ended")
        return Decision("give-up", reason=f"it was paused for {written(self._limit)}, the limit of --pause-limit")

    def paused(self) -> tuple[PausedJob, ...]:
        """Return the job nodes that wait now, the one that has waited longest first."""
        with self._lock:
            return tuple(self._paused.values())

    def find(self, name: str = "") -> PausedJob:
        """Return the paused node of that label or job; the only one without a name. Raise NotPausedError."""
        found = [each for each in self.paused() if each.decision is None]
        meant = [each for each in found if name in ("", each.stop.label, each.stop.job)]
        if len(meant) == 1:
            return meant[0]
        there = ", ".join(each.stop.label for each in (meant or found)) or "none"
        if meant:
            raise NotPausedError(f"several jobs are paused: {there}; name one of them")
        raise NotPausedError(f"job {name!r} is not paused; paused are: {there}" if name else "no job is paused")

    def answer(self, name: str, decision: Decision) -> PausedJob:
        """Have a paused job go on. Raise NotPausedError for a job that is not paused or a step that it has not."""
        paused = self.find(name)
        steps = paused.stop.steps
        if decision.action == "from" and not 1 <= decision.step <= steps:
            raise NotPausedError(f"{paused.stop.label} has {steps} steps: there is no step {decision.step}")
        with self._lock:
            if paused.decision is not None:
                raise NotPausedError(f"{paused.stop.label} goes on already, as decided elsewhere")
            paused.decision = decision
        paused.decided.set()
        return paused

    @contextmanager
    def node(self, job: str, label: str) -> Iterator[None]:
        """Count a node among those that run."""
        with self._lock:
            self._nodes.setdefault(job, set()).add(label)
        try:
            yield
        finally:
            with self._lock:
                self._nodes[job].discard(label)
            self.changed()

    def held(self) -> frozenset[str]:
        """Return the jobs of which no node goes on: at least one is paused, and all others have ended."""
        with self._lock:
            waiting = {label for label, each in self._paused.items() if each.decision is None}
            return frozenset(job for job, labels in self._nodes.items() if labels and labels <= waiting)
