"""What happens in a run, as one typed stream; engines and scheduler emit, reporters listen.

``job`` is the job instance's final name, with ``/INDEX`` behind it for a node of a job with
parallelism. Times are seconds since the epoch, durations seconds. No text in an event holds
a secret: what enters the stream has been masked.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Literal, TypeVar

from .dataclass import dataclass, replace
from .errors import Position

JobStatus = Literal["success", "failed", "canceled", "not_run", "skipped", "on_hold", "timedout"]
StepStatus = Literal["success", "failed", "canceled", "skipped", "timedout"]
FidelityLevel = Literal["exact", "emulated", "skipped"]
SCHEMA = 1
"""The version of the events as JSON, which ``run.start`` carries; raised when a field changes its meaning."""
IN_BACKGROUND = "ended in the background, which does not fail the job"
"""The message of a background step that failed."""


@dataclass(frozen=True, slots=True)
class Fidelity:
    """How true to CircleCI a job was, and in which points it was not."""

    level: FidelityLevel
    differences: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class TestCounts:
    """What the JUnit files of a job say, added up."""

    __test__ = False  # not a test class, whatever pytest makes of the name

    total: int = 0
    failed: int = 0
    errors: int = 0
    skipped: int = 0

    def __add__(self, other: TestCounts) -> TestCounts:
        return TestCounts(
            self.total + other.total,
            self.failed + other.failed,
            self.errors + other.errors,
            self.skipped + other.skipped,
        )


@dataclass(frozen=True, slots=True)
class RunStarted:
    time: float
    run: str
    workflow: str
    engine: str
    reason: str
    """Why this engine was taken."""
    folder: str
    jobs: tuple[str, ...]
    needs: tuple[tuple[str, ...], ...] = ()
    """For each of ``jobs`` those of them that it waits for."""


@dataclass(frozen=True, slots=True)
class JobStarted:
    time: float
    job: str
    executor: str
    position: Position
    details: tuple[str, ...] = ()
    """Lines to know before the first step: where it runs, what was passed in."""
    steps: int = 0
    """How many steps it has; 0 if that is not known."""
    engine: str = ""
    """The engine that runs it, which need not be the one that the run began with."""
    folder: str = ""
    """The job's own folder on this machine, if the paths that its steps see begin with it."""
    kept: tuple[str, ...] = ()
    """Of a job that ``--keep`` keeps, two commands: one goes to its place, one removes that."""
    again: bool = False
    """Whether it had begun before, and has gone on without this program meanwhile (``--detach``)."""


@dataclass(frozen=True, slots=True)
class StepStarted:
    time: float
    job: str
    step: int
    """Counts from 1 within the job."""
    name: str
    position: Position


@dataclass(frozen=True, slots=True)
class Output:
    time: float
    job: str
    step: int
    text: str
    """Some output of the step, as it came: not whole lines."""


@dataclass(frozen=True, slots=True)
class StepFinished:
    time: float
    job: str
    step: int
    name: str
    status: StepStatus
    seconds: float
    position: Position
    exit_status: int | None = None
    message: str = ""

    @property
    def fails_job(self) -> bool:
        """Whether the step's end fails its job."""
        return self.status in ("failed", "timedout") and self.message != IN_BACKGROUND


@dataclass(frozen=True, slots=True)
class Notice:
    """A line for the user that is not a step's output."""

    time: float
    text: str
    job: str = ""
    position: Position | None = None
    level: Literal["info", "warning", "error"] = "info"


@dataclass(frozen=True, slots=True)
class Progress:
    """How far the runner's own work has come that a job or the run waits for: a pull, a build, a large copy."""

    time: float
    task: str
    """What is done, the same in all events of it: ``pulling cimg/base:current``."""
    detail: str = ""
    """How far it has come: ``45 of 120 MB``."""
    job: str = ""
    ended: bool = False


@dataclass(frozen=True, slots=True)
class ApprovalAsked:
    """A person is asked on the terminal, which is theirs until the answer; asked again after an unclear one."""

    time: float
    job: str


@dataclass(frozen=True, slots=True)
class ApprovalAnswered:
    time: float
    job: str
    approved: bool | None
    """None if there was no answer."""


@dataclass(frozen=True, slots=True)
class JobPaused:
    """A job stands still between two of its steps until somebody decides how it goes on."""

    time: float
    job: str
    step: int
    name: str
    moment: Literal["before", "after", "failed"]
    """Whether it stands before the step, after it, or after its failure."""
    reason: str = ""
    """How the step failed."""
    asked: bool = False
    """Whether a person is asked on the terminal, which is theirs until the job goes on."""


@dataclass(frozen=True, slots=True)
class JobResumed:
    """A paused job goes on, or is given up."""

    time: float
    job: str
    action: Literal["retry", "from", "skip", "continue", "give-up"]
    step: int
    """The step that runs next if it was ``from``, else the one at which it was paused."""


@dataclass(frozen=True, slots=True)
class JobFinished:
    time: float
    job: str
    status: JobStatus
    seconds: float
    fidelity: Fidelity
    reason: str = ""
    """Why it was skipped, did not run, or failed outside its steps."""
    position: Position | None = None
    tests: TestCounts | None = None
    artifacts: int = 0
    layers: tuple[str, ...] = ()
    """Its layers of the workspace, archives, folders, or records of archives that lie elsewhere, in their order."""


@dataclass(frozen=True, slots=True)
class RunFinished:
    time: float
    status: Literal["success", "failed", "canceled", "on_hold"]
    seconds: float


@dataclass(frozen=True, slots=True)
class RunDetached:
    """The program ends, and some jobs go on without it: no ``RunFinished`` comes before somebody comes back."""

    time: float
    run: str
    jobs: tuple[str, ...]
    place: str
    """Where they go on, for people."""
    until: float
    """When they end themselves at the latest, in seconds since the epoch."""


Event = (
    RunStarted
    | JobStarted
    | StepStarted
    | Output
    | StepFinished
    | Notice
    | Progress
    | ApprovalAsked
    | ApprovalAnswered
    | JobPaused
    | JobResumed
    | JobFinished
    | RunFinished
    | RunDetached
)
Emit = Callable[[Event], None]
AnyEvent = TypeVar("AnyEvent", bound=Event)


def changed(event: AnyEvent, **values: Any) -> AnyEvent:
    """Return an event with those values in some of its fields: itself if it has them, as most have."""
    if all(getattr(event, name) == value for name, value in values.items()):
        return event
    return replace(event, **values)
