"""Where a run asks whether a job need not run, and says what the job has seen: see ci/reuse."""

from __future__ import annotations

from typing import Protocol

from ..dataclass import dataclass
from ..engines.protocol import Survey
from ..events import Emit
from ..record.run_record import WorkflowRecord
from ..runtime.task import Layer, Outcome, Settings
from ..workflow.job_instances import JobInstance
from ..workflow.model import Job, Pairs
from .folder import RunFolder


@dataclass(frozen=True, slots=True)
class StartingJob:
    """A job whose parents are done, and what it gets."""

    instance: JobInstance
    job: Job
    variables: Pairs
    """Those that CircleCI defines, of its first node."""
    secrets: Pairs
    layers: tuple[tuple[Layer, ...], ...]
    """The layers that it attaches, in groups."""
    folder: RunFolder
    settings: Settings
    survey: Survey
    emit: Emit


class Reuse(Protocol):
    """Takes jobs from earlier runs where they would see what they saw then."""

    def take(self, job: StartingJob) -> Outcome | None:
        """Return how the job ended in an earlier run, which has left its results to this one; None if it runs."""

    def notes(self, instance: JobInstance) -> bool:
        """Return whether it is noted what a job sees that runs."""

    def note(self, job: StartingJob, outcome: Outcome) -> None:
        """Keep what a job has seen that ran."""

    def with_taken(self, workflow: WorkflowRecord) -> WorkflowRecord:
        """Return the record of a workflow with those of the jobs that were taken."""


class NoReuse:
    """Every job runs, and nothing is noted."""

    def take(self, job: StartingJob) -> Outcome | None:
        return None

    def notes(self, instance: JobInstance) -> bool:
        return False

    def note(self, job: StartingJob, outcome: Outcome) -> None:
        return

    def with_taken(self, workflow: WorkflowRecord) -> WorkflowRecord:
        return workflow
