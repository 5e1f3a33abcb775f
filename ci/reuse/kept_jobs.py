"""Jobs of kept runs, and the copy of what one of them has left: no other than what its run has left, whole."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from pathlib import Path

from ..dataclass import dataclass
from ..record.run_record import JobRecord
from ..run.folder import RunFolder, runs
from ..run.kept_runs import read_run
from ..system.removal import remove_tree
from .kept_inputs import JobInputs, RunInputs, read_inputs, record_digest
from .layer_content import stamp
from .take_over import take_over
from .terms import Terms


@dataclass(frozen=True, slots=True)
class KeptJob:
    """A job of a kept run."""

    run: Path
    workflow: str
    name: str
    inputs: JobInputs


class Damaged(Exception):
    """What a job has left is not what its run has recorded."""


class KeptJobs:
    """The jobs of kept runs that this user's own runs have recorded; each run is read once, when it is needed."""

    def __init__(self, terms: Terms) -> None:
        self._terms = terms
        self._lock = threading.Lock()
        self._read: dict[Path, RunInputs | None] = {}

    def named(self, name: str, before: str) -> Iterator[KeptJob]:
        """Yield the jobs of that name in the same workflow, of the newest run before one of that id first."""
        for path in runs(self._terms.state):
            if path.name >= before:
                continue
            inputs = self._inputs(path)
            found = inputs.workflows.get(self._terms.workflow, {}).get(name) if inputs else None
            if found and found.key:
                yield KeptJob(path, self._terms.workflow, name, found)

    def _inputs(self, path: Path) -> RunInputs | None:
        with self._lock:
            if path not in self._read:
                self._read[path] = read_inputs(path, self._terms.project, self._terms.seal)
            return self._read[path]


def left_by(job: JobRecord, run: Path) -> JobInputs:
    """Return what a job has left of which it was not noted what it has seen. Raise OSError."""
    return JobInputs(job.status, {}, record=record_digest(job), stamps=stamps(job, run))


def take_kept(kept: KeptJob, folder: RunFolder) -> tuple[JobRecord, JobRecord]:
    """Copy what a job of a kept run has left into a new run's folder; return its record there, and in the new run.

    Raise Damaged, OSError, ValueError or UsageError, with nothing left of the copy.
    """
    job = _record(kept)
    check(kept.inputs, job, kept.run)
    try:
        taken = take_over(kept.run, [job], folder)[job.name]
        check(kept.inputs, job, kept.run)  # it was there until the copy was complete
    except BaseException:
        _remove(job, folder)
        raise
    return job, taken


def _record(kept: KeptJob) -> JobRecord:
    record = read_run(kept.run).record
    jobs = [job for each in record.workflows if each.name == kept.workflow for job in each.jobs] if record else []
    found = [job for job in jobs if job.name == kept.name]
    if len(found) != 1:
        raise Damaged(f"run {kept.run.name} has no record of {kept.name}")
    return found[0]


def stamps(job: JobRecord, run: Path) -> dict[str, str]:
    """Return what the file system says of what a job has left, by its path in the run's folder. Raise OSError."""
    paths = filter(None, (*job.layers, job.artifacts_folder, job.results_folder))
    return {path: stamp(run / path) for path in paths}


def check(inputs: JobInputs, job: JobRecord, run: Path) -> None:
    """Raise Damaged if what a job has left has changed since its run, or its record. Raise OSError."""
    if job.status != "success" or record_digest(job) != inputs.record:
        raise Damaged(f"the record of {job.name} in run {run.name} is not what that run has written")
    if stamps(job, run) != dict(inputs.stamps):
        raise Damaged(f"what {job.name} has left in run {run.name} has changed since")


def _remove(job: JobRecord, folder: RunFolder) -> None:
    places = (
        folder.artifacts(job.name),
        folder.test_results(job.name),
        *(folder.log(each.label) for each in job.nodes),
    )
    for place in (*places, *(folder.path / "workspaces" / Path(path).name for path in job.layers)):
        if place.is_dir() and not place.is_symlink():
            remove_tree(place)
        else:
            place.unlink(missing_ok=True)
