"""The runs that are kept on disk: their records, as far as they can be read, and the names that they have."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path
from typing import Literal

from ..dataclass import dataclass
from ..errors import Problem, UsageError
from ..record.json_reader import RecordError, read_record
from ..record.run_record import JobRecord, RunRecord, RunResult, WorkflowRecord
from ..system.command_names import typed_command
from ..system.private_files import read_rewritten
from .folder import LAST, RECORD, in_progress, is_detached, runs

KeptResult = RunResult | Literal["killed", "paused", "detached", "no record"]
_BEFORE = re.compile(r"-([1-9]\d{0,8})")
_BEGINNING = re.compile(r"\d{1,8}|\d{8}-\d{0,6}|\d{8}-\d{6}-[0-9a-f]{0,6}")
NO_RECORD = "it has no record"


@dataclass(frozen=True, slots=True)
class KeptRun:
    """A run's folder; ``problem`` is why there is no record of it, or why that cannot be read."""

    path: Path
    record: RunRecord | None
    alive: bool = False
    problem: str = ""
    paused: bool = False
    """Whether a job of it waits for a decision; only a run that is ``alive`` has such jobs."""

    detached: bool = False
    """Whether some jobs of it go on without this program; only a run that is not ``alive`` has such jobs."""

    @property
    def id(self) -> str:
        return self.path.name

    @property
    def result(self) -> KeptResult:
        """How it ended; ``killed`` if its process is gone and did not say."""
        if self.paused:
            return "paused"
        if self.record is None:
            return "running" if self.alive else "no record"
        if self.detached:
            return "detached"
        return "killed" if self.record.result == "running" and not self.alive else self.record.result


def read_run(path: Path) -> KeptRun:
    """Read a run's record; what is wrong with it is its ``problem``."""
    alive = in_progress(path)
    try:
        record = read_record(read_rewritten(path / RECORD).decode())
        return KeptRun(path, record, alive, detached=not alive and is_detached(path))
    except FileNotFoundError:
        problem = NO_RECORD
    except OSError as error:
        problem = f"its record cannot be read: {error.strerror}"
    except (RecordError, UnicodeDecodeError) as error:
        problem = f"its record cannot be read: {error}"
    return KeptRun(path, None, alive, problem)


def run_names(count: int) -> list[str]:
    """Return the short names of the newest runs, newest first: ``last``, ``-1``, ``-2``."""
    return [LAST, *(f"-{number}" for number in range(1, count))][:count]


def names_run(state: Path, word: str) -> bool:
    """Return whether a word is a run's short name, or the beginning of a kept run's id: else it may name a job."""
    if word == LAST or _BEFORE.fullmatch(word):
        return True
    return bool(_BEGINNING.fullmatch(word)) and any(path.name.startswith(word) for path in runs(state))


def find_run(state: Path, name: str) -> KeptRun:
    """Return the run of a name, of an id, or of the only id that begins so; UsageError if there is none."""
    paths = runs(state)
    if not paths:
        hint = f"Run a workflow first: `{typed_command('list')}` lists them."
        raise UsageError(Problem("no run is kept here", None, hint))
    back = _BEFORE.fullmatch(name)
    if name == LAST or back:
        number = int(back[1]) if back else 0
        if number >= len(paths):
            raise UsageError(Problem(f"there is no run {name}: {len(paths)} are kept", None, _listed()))
        return read_run(paths[number])
    found = [path for path in paths if path.name.startswith(name)]
    if len(found) != 1:
        what = f"several runs begin with {name!r}" if found else f"there is no run {name!r}"
        raise UsageError(Problem(what, None, _listed()))
    return read_run(found[0])


def _listed() -> str:
    return f"`{typed_command('runs')}` lists them."


def failed_jobs(record: RunRecord) -> list[tuple[WorkflowRecord, JobRecord]]:
    """Return the jobs that failed, in the order of the plan."""
    jobs = [(workflow, job) for workflow in record.workflows for job in workflow.jobs]
    return [(workflow, job) for workflow, job in jobs if job.status in ("failed", "timedout")]


def job_names(record: RunRecord, jobs: Sequence[tuple[WorkflowRecord, JobRecord]]) -> list[str]:
    """Return the jobs' names, with their workflows' if the run has several."""
    several = len(record.workflows) > 1
    return [f"{workflow.name}/{job.name}" if several else job.name for workflow, job in jobs]


def failures_without_log(run: KeptRun) -> list[str]:
    """Return a line for each job that failed before its first step: why."""
    record = run.record
    failed = [each for each in failed_jobs(record) if not each[1].nodes] if record else []
    names = job_names(record, failed) if record else []
    return [f"{name} failed: {job.reason or job.status}" for name, (_, job) in zip(names, failed, strict=True)]
