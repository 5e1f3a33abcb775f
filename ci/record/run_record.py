"""The record of one run, version 1: typed, frozen, and the same in memory as in ``run.json``.

A run is one start of the program, however many workflows it runs. Times are seconds since the epoch, durations
seconds; what has not happened yet is None. Paths are relative to the run's folder. Nothing here holds a secret.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Literal

from ..dataclass import dataclass, field
from ..errors import Position
from ..events import Fidelity, JobStatus, StepStatus, TestCounts
from ..workflow.job_instances import Kind, Need

VERSION = 1
"""Raised when a reader of the last version would misread the record; a new key alone does not raise it."""

RunResult = Literal["running", "success", "failed", "canceled", "on_hold"]
"""A run that was killed stays ``running``; its process is gone."""
RunPath = Annotated[str, "in the run's folder"]
"""A path in the run's folder, relative to it; a reader refuses one that leads elsewhere. Empty if there is no file."""
StepState = StepStatus | Literal["running"]
JobState = JobStatus | Literal["waiting", "running"]


@dataclass(frozen=True, slots=True)
class StepRecord:
    """A step that has started."""

    number: int
    """Counts from 1 within the job, as on the screen."""
    name: str
    position: Position
    started: float
    status: StepState = "running"
    seconds: float | None = None
    exit_status: int | None = None
    message: str = ""
    fails_job: bool = False
    line: int = 1
    """The line of the node's log at which the step begins."""


@dataclass(frozen=True, slots=True)
class NodeRecord:
    """One node of a job that has started: the only one, or one of ``parallelism``."""

    label: str
    """Its name in events: the job's own, with ``/INDEX`` behind it if there are several."""
    started: float
    engine: str
    executor: str
    log: RunPath
    steps: tuple[StepRecord, ...] = ()


@dataclass(frozen=True, slots=True)
class JobRecord:
    """A job instance of the plan, whether it has run or not."""

    name: str
    kind: Kind
    source_job: str
    session: str
    position: Position
    executors: tuple[str, ...] = ()
    needs: tuple[Need, ...] = ()
    """Those of its parents that are in the plan."""
    contexts: tuple[str, ...] = ()
    asked: bool = True
    """False for a job that runs only because another one requires it."""
    parallelism: int = 1
    step_count: int = 0
    """How many steps it has; 0 if that is not known."""
    status: JobState = "waiting"
    reason: str = ""
    """Why it was skipped, did not run, or failed outside its steps."""
    started: float | None = None
    finished: float | None = None
    seconds: float | None = None
    fidelity: Fidelity | None = None
    tests: TestCounts | None = None
    artifacts: int = 0
    """How many files are in ``artifacts_folder``."""
    artifacts_folder: RunPath = ""
    results_folder: RunPath = ""
    layers: tuple[RunPath, ...] = ()
    """Its layers of the workspace, archives, folders, or records of archives that lie elsewhere, in their order."""
    nodes: tuple[NodeRecord, ...] = ()
    from_run: str = ""
    """The run from which the result was taken over; empty if the job ran in this one."""


@dataclass(frozen=True, slots=True)
class LeftOut:
    """A job that filters keep from the plan."""

    name: str
    reason: str


@dataclass(frozen=True, slots=True)
class WorkflowRecord:
    """One workflow of the run; its jobs stand in the order of the plan."""

    name: str
    position: Position
    engine: str
    """The engine of its start; each node names the one that it ran on."""
    engine_reason: str
    jobs: tuple[JobRecord, ...] = ()
    left_out: tuple[LeftOut, ...] = ()
    result: RunResult = "running"
    started: float | None = None
    finished: float | None = None
    seconds: float | None = None
    folder: RunPath = "."
    """Where its logs, artifacts and the like are."""
    config: RunPath = "config.yml"
    """The compiled config."""
    pipeline_number: int = 0
    pipeline_id: str = ""
    workflow_id: str = ""


@dataclass(frozen=True, slots=True)
class RunRecord:
    """A whole run."""

    id: str
    package: str
    """The version of this package."""
    started: float
    project: str
    config: str
    """The config's source, as messages name it."""
    branch: str = ""
    tag: str = ""
    commit: str = ""
    dirty: int = 0
    """How many files of the work tree differed from the commit."""
    command: tuple[str, ...] = ()
    """What was typed behind the program's name, without the values of ``--env``."""
    options: Mapping[str, object] = field(default_factory=dict)
    """What the user has chosen, by the names of ``Options``; of ``env`` and ``passes`` the names alone."""
    parameters: Mapping[str, object] = field(default_factory=dict)
    """The pipeline parameters that were given."""
    unnamed: bool = False
    """Whether it was of all that an event starts, or of the project's choice: the user had named nothing."""
    result: RunResult = "running"
    finished: float | None = None
    seconds: float | None = None
    workflows: tuple[WorkflowRecord, ...] = ()
    seal: str = ""
    """The mark of the user whose run it is, once a step has ended."""
    version: int = VERSION
