"""What the loop knows between two runs: which one to go on from, which jobs fail, which results are outdated."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from ..dataclass import dataclass, field, replace
from ..record.run_record import JobRecord, RunRecord

JobKey = tuple[str, str]
"""A workflow's name and a job's final name in it."""


@dataclass(frozen=True, slots=True)
class Standing:
    """``version`` counts the times that files were saved."""

    version: int = 0
    earlier: Path | None = None
    """The folder of the last run that has a record."""
    failing: frozenset[JobKey] = frozenset()
    """The jobs that failed when they last ran to their end."""
    seen: Mapping[JobKey, int] = field(default_factory=dict)
    """The version of the files that each job's result comes from."""

    def saved(self) -> Standing:
        """Return what is known once files were saved again."""
        return replace(self, version=self.version + 1)

    def outdated(self) -> frozenset[JobKey]:
        """Return the jobs whose results come from older files."""
        return frozenset(key for key, version in self.seen.items() if version < self.version)

    def after(self, folder: Path, record: RunRecord, version: int) -> Standing:
        """Return what is known after a run that began with that version of the files."""
        jobs = {(workflow.name, job.name): job for workflow in record.workflows for job in workflow.jobs}
        ran = {key: job for key, job in jobs.items() if job.finished is not None and self._is_of_now(key, job)}
        ended = {key: job for key, job in ran.items() if job.status in ("success", "failed", "timedout")}
        failing = {key for key, job in ended.items() if _failed(job)}
        return replace(
            self,
            earlier=folder,
            failing=frozenset((self.failing - ended.keys()) | failing),
            seen={**self.seen, **dict.fromkeys(ran, version)},
        )

    def _is_of_now(self, key: JobKey, job: JobRecord) -> bool:
        """Return whether a result holds for the files with which the run began.

        One that was taken over from the run before may be older. What a first run takes, and what ``--reuse`` takes
        in place of a job that fails, is no such one.
        """
        return not job.from_run or key in self.failing or key not in self.seen


def _failed(job: JobRecord) -> bool:
    return job.status in ("failed", "timedout")
