"""The state of a run at one moment, made of its events alone: what runs, at which step, what waits for what."""

from __future__ import annotations

from ..dataclass import dataclass, field
from ..events import (
    Event,
    JobFinished,
    JobPaused,
    JobResumed,
    JobStarted,
    Output,
    Progress,
    RunStarted,
    StepFinished,
    StepStarted,
)
from .labels import Labels, jobs_of

RECENT = 2000
"""Characters of a job's output in which its last line is looked for."""


@dataclass(frozen=True, slots=True)
class JobView:
    """A job, or a node of one, that runs."""

    label: str
    seconds: float
    step: int = 0
    """0 before the first one."""
    steps: int = 0
    name: str = ""
    line: str = ""
    """The last line of output with something on it, without control characters."""
    unended: bool = False
    """Whether that line may go on."""
    silent: float = 0.0
    """Seconds since the last output of the step, or since its start."""
    step_seconds: float = 0.0
    between: bool = False
    """Whether the step has ended and no other has begun."""
    paused: bool = False
    """Whether it stands still until somebody decides how it goes on."""


@dataclass(frozen=True, slots=True)
class WorkView:
    """Work of the runner's own: a pull, a build."""

    task: str
    detail: str
    seconds: float


@dataclass(frozen=True, slots=True)
class WaitingJob:
    """A job that has not begun, and those of the run that it waits for; none if it could start."""

    name: str
    needs: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class RunView:
    """A run at one moment."""

    seconds: float
    running: tuple[JobView, ...] = ()
    work: tuple[WorkView, ...] = ()
    waiting: tuple[WaitingJob, ...] = ()
    done: int = 0
    failed: int = 0
    total: int = 0


@dataclass(slots=True)
class _Running:
    began: float
    steps: int
    step: int = 0
    name: str = ""
    last: float = 0.0
    step_began: float = 0.0
    between: bool = False
    paused: bool = False
    recent: str = ""


@dataclass(slots=True)
class RunState:
    """Takes the events of a run; ``view`` returns what is known at a moment."""

    began: float = 0.0
    names: tuple[str, ...] = ()
    needs: dict[str, tuple[str, ...]] = field(default_factory=dict)
    _running: dict[str, _Running] = field(default_factory=dict)
    _labels: Labels = field(default_factory=Labels)
    """Of what runs, and of what the runner works for."""
    _work: dict[tuple[str, str], tuple[float, str]] = field(default_factory=dict)
    _tasks: dict[str, set[str]] = field(default_factory=dict)
    """The work for each label, by its task."""
    _ended: dict[str, str] = field(default_factory=dict)

    def __call__(self, event: Event) -> None:
        if isinstance(event, Output):
            if job := self._running.get(event.job):
                job.recent, job.last = (job.recent + event.text)[-RECENT:], event.time
        elif isinstance(event, RunStarted):
            self.began, self.names = event.time, event.jobs
            self.needs = dict.fromkeys(event.jobs, ()) | dict(zip(event.jobs, event.needs, strict=False))
        elif isinstance(event, JobStarted):
            self._ended.pop(self.job_of(event.job), None)  # of an earlier attempt
            self._labels.add(event.job)
            self._running[event.job] = _Running(event.time, event.steps, last=event.time)
        elif isinstance(event, StepStarted):
            self._begin_step(event)
        elif isinstance(event, StepFinished):
            if (job := self._running.get(event.job)) and job.step == event.step:
                job.between = True
        elif isinstance(event, JobPaused | JobResumed):
            if job := self._running.get(event.job):
                job.paused, job.last = isinstance(event, JobPaused), event.time
        elif isinstance(event, Progress):
            self._add_progress(event)
        elif isinstance(event, JobFinished):
            self._end_job(event)

    def job_of(self, label: str) -> str:
        """Return the job that a label belongs to: its own name, or that of the job whose node it is."""
        return next((job for job in jobs_of(label) if job in self.needs), label)

    def is_node(self, label: str) -> bool:
        """Return whether a label is that of one of several nodes."""
        return self.job_of(label) != label

    def steps(self, label: str) -> int:
        """Return how many steps a running job has; 0 if that is not known."""
        return self._running[label].steps if label in self._running else 0

    def view(self, now: float) -> RunView:
        """Return the run as it is at that time."""
        active = {self.job_of(label) for label in self._running}
        waiting = [name for name in self.names if name not in active and name not in self._ended]
        return RunView(
            max(0.0, now - self.began),
            tuple(_job_view(label, self._running[label], now) for label in sorted(self._running, key=self._place)),
            tuple(WorkView(task, detail, max(0.0, now - at)) for (task, _), (at, detail) in self._work.items()),
            tuple(WaitingJob(name, tuple(self._open_needs(name))) for name in waiting),
            done=len(self._ended),
            failed=sum(status in ("failed", "timedout") for status in self._ended.values()),
            total=len(self.names),
        )

    def _place(self, label: str) -> tuple[int, int, str]:
        """Return what puts the running jobs into the order of the plan, and nodes into theirs."""
        job = self.job_of(label)
        place = self.names.index(job) if job in self.names else len(self.names)
        node = label[len(job) + 1 :]
        return place, int(node) if node.isdecimal() else 0, label

    def _open_needs(self, name: str) -> list[str]:
        return [need for need in self.needs.get(name, ()) if need not in self._ended]

    def _begin_step(self, event: StepStarted) -> None:
        if job := self._running.get(event.job):
            job.step, job.name = event.step, event.name
            job.last = job.step_began = event.time
            job.between, job.recent = False, ""

    def _add_progress(self, event: Progress) -> None:
        key = (event.task, event.job)
        if event.ended:
            self._work.pop(key, None)
        else:
            self._labels.add(event.job)
            self._tasks.setdefault(event.job, set()).add(event.task)
            began, _ = self._work.get(key, (event.time, ""))
            self._work[key] = (began, event.detail)

    def _end_job(self, event: JobFinished) -> None:
        self._ended[event.job] = event.status
        for label in self._labels.take(event.job):
            self._running.pop(label, None)
            for task in self._tasks.pop(label, ()):
                self._work.pop((task, label), None)


def _job_view(label: str, job: _Running, now: float) -> JobView:
    from .control_sequences import last_line  # a short run looks at no line

    line = last_line(job.recent)
    return JobView(
        label,
        max(0.0, now - job.began),
        job.step,
        job.steps,
        job.name,
        line,
        unended=bool(line) and not job.recent.rstrip(" \t").endswith("\n"),
        silent=max(0.0, now - job.last),
        step_seconds=max(0.0, now - job.step_began),
        between=job.between,
        paused=job.paused,
    )
