"""Starts each job the moment its own parents are done; knows nothing of engines or files."""

from __future__ import annotations

import threading
import time
from collections import deque
from collections.abc import Callable

from ..dataclass import dataclass, field
from ..events import Emit, Fidelity, JobFinished, JobStatus
from ..runtime.task import Outcome
from ..workflow.job_instances import JobInstance, Need
from ..workflow.plan import Plan

Execute = Callable[[JobInstance, "Results"], Outcome]
"""Runs one instance to its end; it sees how its parents ended."""
Results = dict[str, Outcome]

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
    """The state of one run's graph: what waits, what runs, how the rest ended."""

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

    def waiting(self) -> list[JobInstance]:
        """Return the instances that have neither started nor been given up, in plan order."""
        return [each for each in self.plan.instances if each.name not in self.results and each.name not in self.running]

    def unmet(self, instance: JobInstance) -> tuple[Need, Outcome | None] | None:
        """Return the first need that is not met, with how that job ended, if it did; None if every need is met."""
        planned = {each.name for each in self.plan.instances}
        for need in instance.needs:
            if need.name not in planned:
                continue
            outcome = self.results.get(need.name)
            if outcome is None or SATISFIES[outcome.status] not in need.statuses:
                return need, outcome
        return None

    def finish(self, instance: JobInstance, outcome: Outcome, seconds: float) -> None:
        """Record and report how an instance ended."""
        self.results[instance.name] = outcome
        failed = outcome.status in ("failed", "timedout")
        self.emit(
            JobFinished(
                time.time(),
                instance.name,
                outcome.status,
                seconds,
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
) -> Results:
    """Run every instance of the plan, at most ``width`` at once (0: as wide as the graph).

    Returns each instance's outcome by name, those of ``done`` taken as they are. Once ``cancel`` is set
    nothing more starts, and what runs is waited for. A KeyboardInterrupt or an error here sets it and, when all has
    ended, is raised again. An error in a job fails that job, and is raised when all has ended too.
    """
    schedule = Schedule(plan, emit, cancel, fail_fast, dict(done or {}))
    while schedule.waiting() or schedule.running:
        try:
            _start_ready(schedule, execute, width)
            if schedule.running:
                _take_ended(schedule)
        except BaseException as error:
            schedule.hold(error)
            cancel.set()
    if schedule.failure:
        raise schedule.failure
    return schedule.results


def _start_ready(schedule: Schedule, execute: Execute, width: int) -> None:
    progress = True
    while progress:
        progress = False
        for instance in schedule.waiting():
            if schedule.cancel.is_set():
                schedule.finish(instance, Outcome("canceled", NOT_RUN, "the run was ended before it began"), 0.0)
                progress = True
                continue
            unmet = schedule.unmet(instance)
            if unmet is None:
                if not width or len(schedule.running) < width:
                    _start(schedule, instance, execute)
                continue
            need, ended = unmet
            if ended:
                schedule.finish(instance, Outcome("not_run", NOT_RUN, _unsatisfied(need, ended)), 0.0)
                progress = True


def _start(schedule: Schedule, instance: JobInstance, execute: Execute) -> None:
    results = dict(schedule.results)

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
    while not schedule.ended:
        schedule.wake.wait()
        schedule.wake.clear()
    instance, outcome, seconds = schedule.ended[0]
    failure = outcome if isinstance(outcome, BaseException) else None
    if instance.name not in schedule.results:
        lost = Outcome("failed", NOT_RUN, "the runner itself failed")
        schedule.finish(instance, lost if isinstance(outcome, BaseException) else outcome, seconds)
    schedule.running.discard(instance.name)
    schedule.ended.popleft()
    if failure:
        schedule.hold(failure)
