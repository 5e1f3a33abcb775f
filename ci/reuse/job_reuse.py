"""Takes jobs of a workflow from kept runs in which they saw what they would see now, and notes what others see."""

from __future__ import annotations

import contextlib
import os
import tarfile
import threading
import time
from pathlib import Path

from ..dataclass import dataclass, replace
from ..errors import CiError
from ..events import Notice
from ..record.run_record import JobRecord, WorkflowRecord
from ..run.reuse_hook import StartingJob
from ..runtime.checkout.facts import facts_now
from ..runtime.seen import CacheUse, Seen
from ..runtime.storage.cache_store import CacheStore
from ..runtime.task import Layer, Outcome
from ..workflow.job_instances import JobInstance
from .comparison import Now, compared, digest_of
from .job_key import reads_files
from .kept_inputs import JobInputs, LayerPlace, key_of, record_digest
from .kept_jobs import Damaged, KeptJob, KeptJobs, stamps, take_kept
from .layer_content import stamp
from .surveys import Surveys
from .take_over import outcome
from .terms import Terms, never, seen_key

ENDS = ("success", "failed", "timedout")
"""How a job ends that has seen all that it would see again."""
UNREADABLE = (Damaged, OSError, ValueError, CiError, tarfile.TarError)


@dataclass(frozen=True, slots=True)
class _Ended:
    """A job of this run that has ended, and what it has seen; ``kept`` is the one that it was taken from."""

    job: StartingJob
    seen: Seen = Seen()
    kept: KeptJob | None = None
    record: JobRecord | None = None


class JobReuse:
    """See ``run.reuse_hook.Reuse``; asked from several threads."""

    def __init__(self, terms: Terms) -> None:
        self._terms = terms
        self._kept = KeptJobs(terms)
        self._surveys = Surveys()
        self._store = CacheStore(terms.state / "cache")
        self._noted: set[str] = set()
        self._ended: dict[str, _Ended] = {}
        self._copies: dict[Path, Path] = {}
        self._took = False
        """Whether some job was taken from another run."""
        self._said: set[str] = set()
        self._lock = threading.Lock()

    def take(self, job: StartingJob) -> Outcome | None:
        name = job.instance.name
        self._ended.pop(name, None)  # of an earlier try
        if reason := never(self._terms, job):
            self._explain(job, reason)
            return None
        self._noted.add(name)
        if self._terms.mode == "off":
            self._surveys.begin(job)
            return None
        try:
            return self._look_up(job)
        except UNREADABLE as error:  # it runs, and says itself what it lacks
            self._explain(job, f"it is not known what it would see: {error}")
            return None

    def notes(self, instance: JobInstance) -> bool:
        return instance.name in self._noted

    def note(self, job: StartingJob, outcome: Outcome) -> None:
        seen = outcome.seen
        if self.notes(job.instance) and outcome.status in ENDS and seen and not seen.unsure:
            self._ended[job.instance.name] = _Ended(job, seen)

    def with_taken(self, workflow: WorkflowRecord) -> WorkflowRecord:
        if not self._took:  # this is asked at each event that the record tells of
            return workflow
        return replace(workflow, jobs=tuple(self._recorded(each) for each in workflow.jobs))

    def inputs(self, workflow: WorkflowRecord, run: Path) -> dict[str, JobInputs]:
        """Return what the jobs of a workflow that has ended have seen and left, by name."""
        found: dict[str, JobInputs] = {}
        steady = self._surveys.steady(each.job for each in self._ended.values() if each.kept is None)
        for job in workflow.jobs:
            ended = self._ended.get(job.name)
            if ended is None or not (ended.kept or job.name in steady):
                continue
            with contextlib.suppress(OSError):  # what it has left is gone already: no later run can take it
                found[job.name] = self._inputs_of(job, ended, run)
        return {name: each for name, each in found.items() if each.key}

    def _look_up(self, job: StartingJob) -> Outcome | None:
        """Take a job from a kept run, if that can be."""
        terms = self._terms
        place = job.survey(job.instance, job.settings)
        self._surveys.known(job, place)
        checkout = facts_now(terms.work_tree) if reads_files(job.job) else None
        reason = place.unknown or (checkout.unsure if checkout else "")
        if reason:
            self._explain(job, reason, always=reason == place.unknown)
            return None
        now = Now(seen_key(terms, job, place, checkout), job.layers, self._store, self._copies.get)
        reason = ""
        for kept in self._kept.named(job.instance.name, job.folder.id):
            is_good = kept.inputs.status == "success"
            try:
                changed = compared(kept.inputs, kept.run, now)
                if not changed and is_good:
                    return self._taken(kept, job)
            except UNREADABLE as error:
                reason = reason or f"run {kept.run.name} cannot be used: {error}"
                continue
            if not changed:
                reason = f"it failed with the same in run {kept.run.name}"
                break
            if is_good:
                reason = reason or f"changed since run {kept.run.name}: {'; '.join(map(str, changed))}"
        self._explain(job, reason or "no kept run has passed it")
        return None

    def _taken(self, kept: KeptJob, job: StartingJob) -> Outcome:
        before, after = take_kept(kept, job.folder)
        for old, new in zip(before.layers, after.layers, strict=True):
            self._copies[job.folder.run / new] = kept.run / old
        found = outcome(after, job.folder)
        self._ended[job.instance.name] = _Ended(job, kept=kept, record=after)
        self._took = True
        return replace(found, reason=f"reused from run {after.from_run}")

    def _explain(self, job: StartingJob, reason: str, always: bool = False) -> None:
        """Tell why a job runs, if the user wants to know; what is ``always`` told is so for each job: once."""
        if self._terms.mode == "explain":
            job.emit(Notice(time.time(), f"{job.instance.name} runs: {reason}"))
        elif always and self._terms.mode == "on":
            with self._lock:
                is_new = reason not in self._said
                self._said.add(reason)
            if is_new:
                job.emit(Notice(time.time(), f"{job.instance.name} is not reused: {reason}"))

    def _recorded(self, job: JobRecord) -> JobRecord:
        ended = self._ended.get(job.name)
        if ended is None or ended.record is None or job.status != "success":
            return job
        taken = ended.record
        return replace(
            job,
            started=taken.started,
            finished=taken.finished,
            seconds=taken.seconds,
            artifacts_folder=taken.artifacts_folder,
            results_folder=taken.results_folder,
            layers=taken.layers,
            nodes=taken.nodes,
            reason=taken.reason,
            from_run=taken.from_run,
        )

    def _inputs_of(self, job: JobRecord, ended: _Ended, run: Path) -> JobInputs:
        """Return what a job has seen and left; without a key if its place was not known. Raise OSError."""
        if ended.kept:
            key, caches = key_of(ended.kept.inputs), ended.kept.inputs.caches
        else:
            place, seen = self._surveys.place(ended.job), ended.seen
            key = {} if place.unknown else seen_key(self._terms, ended.job, place, seen.checkout)
            caches = tuple(CacheUse(each.keys, digest_of(each.found), each.saves) for each in seen.caches)
        layers = tuple(tuple(_placed(each, run) for each in group) for group in ended.job.layers)
        left = stamps(job, run) if job.status == "success" else {}
        return JobInputs(job.status, key, caches, layers, record_digest(job), left)


def _placed(layer: Layer, run: Path) -> LayerPlace:
    return LayerPlace(layer.job, layer.node, os.path.relpath(layer.archive, run), stamp(layer.archive))
