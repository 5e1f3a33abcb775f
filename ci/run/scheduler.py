"""Starts each job the moment its own parents are done; knows nothing of engines or files."""

from __future__ import annotations

import heapq
import threading
import time
from collections import Counter, deque
from collections.abc import Callable, Mapping
from types import MappingProxyType

from ..dataclass import dataclass, field
from ..events import Emit, Fidelity, JobFinished, JobStatus
from ..runtime.task import Outcome
from ..workflow.job_instances import JobInstance, Need
from ..workflow.plan import Plan
from .pauses import NoPauses, Pauses

Execute = Callable[[JobInstance, Mapping[str, Outcome]], Outcome]
"""Runs one instance to its end; it sees how its parents ended."""
Results = dict[str, Outcome]


class Detached(Exception):
    """An instance goes on without this program: those behind it do not start in this run of the program."""


NOT_RUN = Fidelity("skipped")
SATISFIES: dict[JobStatus, str] = {
    "success": "success",
    "failed": "failed",
    "timedout": "failed",
    "canceled": "canceled",
    "not_run": "not_run",
    "skipped": "not_run",
    "on_hold": "",
}
"""The status by which ``requires`` knows each of ours."""
LOOK_SECONDS = 1.0
"""A signal that comes right before the main thread begins to wait is answered when it wakes up: soon, therefore."""
_ENDED: dict[JobStatus, str] = {
    "success": "succeeded",
    "failed": "failed",
    "timedout": "timed out",
    "canceled": "was canceled",
    "not_run": "did not run",
    "skipped": "was skipped",
    "on_hold": "waits for approval",
}


@dataclass(slots=True)
class Schedule:
    """The state of one run's graph: what waits, what runs, how the rest ended.

    Each instance waits in one place, so that no job's end costs more for the number of those that it does not touch:
    in ``fresh`` to be looked at, in ``behind`` under the parent whose end it waits for next, in ``startable``.
    """

    plan: Plan
    emit: Emit
    cancel: threading.Event
    fail_fast: bool = False
    results: Results = field(default_factory=dict)
    running: set[str] = field(default_factory=set)
    ended: deque[tuple[JobInstance, Outcome | BaseException, float]] = field(default_factory=deque)
    failure: BaseException | None = None
    """The first error of the runner itself, raised when all has ended."""
    wake: threading.Event = field(default_factory=threading.Event)
    """Set whenever ``ended`` has got one more."""
    fresh: list[int] = field(default_factory=list)
    """A heap of places in the plan, as ``startable`` is."""
    startable: list[int] = field(default_factory=list)
    behind: dict[str, list[int]] = field(default_factory=dict)
    met: Counter[str] = field(default_factory=Counter)
    """How many of an instance's needs, from the first on, are known to be met; they stay so."""
    pauses: Pauses = field(default_factory=NoPauses)
    total: int = 0
    """How many results there are once every instance has ended."""
    detached: set[str] = field(default_factory=set)
    """The instances that go on without this program."""

    def __post_init__(self) -> None:
        self.fresh = [place for place, each in enumerate(self.plan.instances) if each.name not in self.results]
        self.total = len(self.results) + len(self.fresh)

    def open(self) -> bool:
        """Whether some instance has not ended, or if one is detached, can go on or start here."""
        if self.detached and not self.cancel.is_set():
            return bool(self.running or self.fresh or self.startable)
        return len(self.results) < self.total or bool(self.running)

    def busy(self) -> int:
        """Return how many instances take a place of those that may run at once: those that are paused do not."""
        return len(self.running) - len(self.pauses.held() & self.running)

    def rest(self) -> None:
        """Report that nothing goes on but what is paused, if that is so."""

        def resting() -> bool:
            return not self.ended and self.pauses.held() >= self.running

        if resting():
            failed = any(each.status in ("failed", "timedout") for each in self.results.values())
            self.pauses.at_rest(failed, resting)

    def waiting(self) -> list[JobInstance]:
        """Return the instances that have neither started here nor been given up, in plan order."""
        return [each for each in self.plan.instances if each.name not in self.results and each.name not in self.running]

    def look(self, place: int) -> None:
        """Put an instance where it belongs: it can start, it waits for a parent, or it never will run."""
        instance = self.plan.instances[place]
        while self.met[instance.name] < len(instance.needs):
            need = instance.needs[self.met[instance.name]]
            if need.name in self.plan.places:
                outcome = self.results.get(need.name)
                if outcome is None:
                    self.behind.setdefault(need.name, []).append(place)
                    return
                if SATISFIES[outcome.status] not in need.statuses:
                    reason = _unsatisfied(need, outcome)
                    self.finish(instance, Outcome("not_run", NOT_RUN, reason), 0.0)
                    return
            self.met[instance.name] += 1
        heapq.heappush(self.startable, place)

    def finish(self, instance: JobInstance, outcome: Outcome, seconds: float) -> None:
        """Record and report how an instance ended."""
        self.results[instance.name] = outcome
        for place in self.behind.pop(instance.name, ()):
            heapq.heappush(self.fresh, place)
        failed = outcome.status in ("failed", "timedout")
        self.emit(
            JobFinished(
                time.time(),
                instance.name,
                outcome.status,
                seconds + outcome.earlier,
                outcome.fidelity,
                outcome.reason,
                instance.position,
                outcome.tests,
                outcome.artifacts,
                tuple(str(each.archive) for each in outcome.layers),
            )
        )
        if failed and self.fail_fast:
            self.cancel.set()

    def hold(self, error: BaseException) -> None:
        """Keep the first error until all has ended; an interruption comes before any other."""
        if self.failure is None or isinstance(error, KeyboardInterrupt):
            self.failure = error


def _unsatisfied(need: Need, outcome: Outcome) -> str:
    wanted = "" if need.statuses == ("success",) else f" (required: {' or '.join(need.statuses)})"
    return f"skipped because {need.name} {_ENDED[outcome.status]}{wanted}"


def schedule_plan(
    plan: Plan,
    execute: Execute,
    emit: Emit,
    cancel: threading.Event,
    width: int = 1,
    fail_fast: bool = False,
    done: Results | None = None,
    pauses: Pauses | None = None,
) -> Results:
    """Run every instance of the plan, at most ``width`` at once (0: as wide as the graph).

    Returns each instance's outcome by name, those of ``done`` taken as they are; none of one that is detached, unless
    the run was canceled, and of those behind it. Once ``cancel`` is set
    nothing more starts, and what runs is waited for. A KeyboardInterrupt or an error here sets it and, when all has
    ended, is raised again. An error in a job fails that job, and is raised when all has ended too.
    """
    schedule = Schedule(plan, emit, cancel, fail_fast, dict(done or {}), pauses=pauses or NoPauses())
    schedule.pauses.changed = schedule.wake.set
    while schedule.open():
        try:
            _start_ready(schedule, execute, width)
            if schedule.running:
                schedule.rest()
                _take_ended(schedule)
        except BaseException as error:
            schedule.hold(error)
            cancel.set()
    if schedule.failure:
        raise schedule.failure
    return schedule.results


def _start_ready(schedule: Schedule, execute: Execute, width: int) -> None:
    while schedule.fresh and not schedule.cancel.is_set():
        schedule.look(heapq.heappop(schedule.fresh))
    while schedule.startable and not schedule.cancel.is_set() and (not width or schedule.busy() < width):
        _start(schedule, schedule.plan.instances[heapq.heappop(schedule.startable)], execute)
    if schedule.cancel.is_set() and len(schedule.results) + len(schedule.running) < schedule.total:
        for instance in schedule.waiting():
            reason = "the run was ended" if instance.name in schedule.detached else "the run was ended before it began"
            schedule.finish(instance, Outcome("canceled", NOT_RUN, reason), 0.0)


def _start(schedule: Schedule, instance: JobInstance, execute: Execute) -> None:
    results = MappingProxyType(schedule.results)

    def work() -> None:
        began = time.monotonic()
        outcome: Outcome | BaseException
        try:
            outcome = execute(instance, results)
        except BaseException as error:  # it travels to the thread that can report it
            outcome = error
        schedule.ended.append((instance, outcome, time.monotonic() - began))
        schedule.wake.set()

    thread = threading.Thread(target=work, name=f"job {instance.name}", daemon=True)
    try:
        schedule.running.add(instance.name)
        thread.start()
    except BaseException:
        if thread.ident is None:
            schedule.running.discard(instance.name)
        raise


def _take_ended(schedule: Schedule) -> None:
    """Wait for a job's end and record it; an interruption at any point loses none, it is taken again."""
    if not schedule.ended:
        schedule.wake.wait(LOOK_SECONDS)
        schedule.wake.clear()
    if not schedule.ended:  # a job was paused, or goes on
        return
    instance, outcome, seconds = schedule.ended[0]
    failure = outcome if isinstance(outcome, BaseException) else None
    if isinstance(outcome, Detached):
        schedule.detached.add(instance.name)
        failure = None
    elif instance.name not in schedule.results:
        lost = Outcome("failed", NOT_RUN, "the runner itself failed")
        schedule.finish(instance, lost if isinstance(outcome, BaseException) else outcome, seconds)
    schedule.running.discard(instance.name)
    schedule.ended.popleft()
    if failure:
        schedule.hold(failure)
