"""Gathers a run's failures while its events pass; of output it keeps the running steps' last lines alone."""

from __future__ import annotations

from ..dataclass import replace
from ..escapes import visible_name
from ..events import (
    Event,
    JobFinished,
    JobResumed,
    JobStarted,
    Output,
    RunFinished,
    RunStarted,
    StepFinished,
    StepStarted,
)
from .escaping import shown
from .labels import Labels
from .tail import Tail

TYPE_CHECKING = False
if TYPE_CHECKING:
    from .failure import FailedTest, Failure


class RunPlaces:
    """What the end of a run must know beside its events; jobs are named as in the events. Here: nothing."""

    def log(self, job: str, step: int) -> str | None:
        """Return ``FILE:LINE`` of a step in a job's log; for step 0 of its first line, None without a log."""
        return None

    def results(self, job: str) -> str | None:
        """Return the folder of a job's test results; None if nothing of the run is kept."""
        return None

    def tests(self, job: str) -> tuple[tuple[FailedTest, ...], int]:
        """Return the first failing tests of a job, and how many there are."""
        return (), 0

    def path(self, path: str) -> str:
        """Return a path as its reader can open it."""
        return path

    def page(self, end: RunFinished) -> str | None:
        """Return where the run's page will be; None if a workflow that ends so has no page."""
        return None

    def again(self, jobs: tuple[str, ...]) -> str | None:
        """Return the command that runs jobs again; None if there is no such command."""
        return None

    def command(self, name: str) -> str | None:
        """Return a command about the run as its reader types it; None if nothing of the run is kept."""
        return None


class FailureCollector:
    """Takes each event of a run, as it came; ``failures`` returns what to show at its end."""

    def __init__(self, places: RunPlaces) -> None:
        self._places = places
        self._order: dict[str, int] = {}
        """The place of each job in the plan."""
        self._engine = ""
        self._engines: dict[str, str] = {}
        """The engine of each job, which need not be the run's."""
        self._tails: dict[str, dict[int, Tail]] = {}
        self._running = Labels()
        self._failed: dict[str, list[Failure]] = {}
        self._with_failures = Labels()
        self._jobs: dict[str, str] = {}
        self._steps: dict[str, int] = {}

    def __call__(self, event: Event) -> None:
        if isinstance(event, Output):
            if tail := self._tails.get(event.job, {}).get(event.step):
                tail.add(event.text)
        elif isinstance(event, RunStarted):
            self._order = {name: place for place, name in enumerate(event.jobs)}
            self._engine = event.engine
        elif isinstance(event, JobStarted):
            self._failed.pop(event.job, None)  # of an earlier attempt
            self._steps[event.job] = event.steps
            self._engines[event.job] = event.engine
            self._with_failures.discard(event.job)
        elif isinstance(event, StepStarted):
            self._running.add(event.job)
            self._tails.setdefault(event.job, {})[event.step] = Tail()
        elif isinstance(event, StepFinished):
            self._end_step(event)
        elif isinstance(event, JobResumed):
            self._resume(event)
        elif isinstance(event, JobFinished):
            self._end_job(event)

    def failures(self, job: str = "") -> list[Failure]:
        """Return the failures of the run, or of one job that has ended: equal ones as one, in the order of the plan."""
        if not self._failed:
            return []
        from .failure import merged

        order, wanted = self._order, self._with_failures.of(job) if job else self._failed
        labels = sorted(wanted, key=lambda label: (order.get(self._jobs[label], len(order)), label))
        return [self._named(each) for each in merged([one for label in labels for one in self._failed[label]])]

    def _end_step(self, event: StepFinished) -> None:
        tail = self._tails.get(event.job, {}).pop(event.step, None)
        if not event.fails_job:
            return
        from .failure import Evidence, Failure

        seen = shown(event)
        assert isinstance(seen, StepFinished)
        failure = Failure(
            (event.job,),
            seen.status,
            seen.seconds,
            seen.position,
            step=seen.step,
            name=seen.name,
            exit_status=seen.exit_status,
            message=seen.message,
            evidence=tail.evidence() if tail else Evidence(),
            log=self._places.log(event.job, event.step),
            steps=self._steps.get(event.job, 0),
        )
        self._jobs.setdefault(event.job, event.job)
        self._failed.setdefault(event.job, []).append(failure)
        self._with_failures.add(event.job)

    def _resume(self, event: JobResumed) -> None:
        """Forget the failures of steps that run again, and of one that is passed over."""
        if event.action in ("continue", "give-up"):
            return
        again = event.action in ("retry", "from")
        found = self._failed.get(event.job, [])
        left = [each for each in found if (each.step < event.step if again else each.step != event.step)]
        if left:
            self._failed[event.job] = left
        else:
            self._failed.pop(event.job, None)
            self._with_failures.discard(event.job)

    def _end_job(self, event: JobFinished) -> None:
        for label in self._running.take(event.job):
            del self._tails[label]
        labels = self._with_failures.of(event.job)
        if event.status in ("failed", "timedout") and not labels:
            self._failed[event.job] = [self._outside_steps(event)]
            self._with_failures.add(event.job)
            labels = [event.job]
        if labels:
            self._complete(event, labels)

    def _outside_steps(self, event: JobFinished) -> Failure:
        from .failure import Failure

        seen = shown(event)
        assert isinstance(seen, JobFinished)
        message, log = seen.reason or "failed", self._places.log(event.job, 0)
        return Failure((event.job,), seen.status, seen.seconds, seen.position, message=message, log=log)

    def _complete(self, event: JobFinished, labels: list[str]) -> None:
        """Add to a job's failures what is known at its end."""
        self._jobs.update(dict.fromkeys(labels, event.job))
        for label in labels:
            on_host = (self._engines.get(label) or self._engine) == "host"
            self._failed[label] = [replace(each, on_host=on_host) for each in self._failed[label]]
        if event.tests and (event.tests.failed or event.tests.errors):
            self._add_tests(event.job, labels[0])

    def _add_tests(self, job: str, label: str) -> None:
        tests, total = self._places.tests(job)
        if total:
            first, *others = self._failed[label]
            results = self._places.results(job)
            self._failed[label] = [replace(first, tests=tests, tests_total=total, results=results), *others]

    def _named(self, failure: Failure) -> Failure:
        """Return a failure with its command, and with the names of its jobs as they may be shown."""
        jobs = tuple(dict.fromkeys(self._jobs[label] for label in failure.jobs))
        return replace(failure, jobs=tuple(map(visible_name, failure.jobs)), command=self._places.again(jobs))
