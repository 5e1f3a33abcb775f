"""Looks at the places of jobs, beside the jobs themselves: an engine may take its time to answer."""

from __future__ import annotations

import threading
from collections.abc import Iterable

from ..engines.protocol import Surroundings
from ..run.reuse_hook import StartingJob


class Surveys:
    """The places of jobs as they were when the first job of the kind started."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._begun: dict[object, _Begun] = {}

    def begin(self, job: StartingJob) -> None:
        """Begin to look at a job's place, if no job with the same images has one that is looked at."""
        with self._lock:
            if (kind := _kind(job)) not in self._begun:
                self._begun[kind] = _Begun(job)

    def known(self, job: StartingJob, place: Surroundings) -> None:
        """Keep the place of a job that was looked at when the job started."""
        with self._lock:
            self._begun.setdefault(_kind(job), _Begun(job, place))

    def place(self, job: StartingJob) -> Surroundings:
        """Return the place of a job."""
        with self._lock:
            begun = self._begun[_kind(job)]
        return begun.result()

    def steady(self, jobs: Iterable[StartingJob]) -> set[str]:
        """Return the names of the jobs whose places are still what they were, so that the jobs have seen these."""
        again: dict[object, _Begun] = {}
        found = list(jobs)
        for job in found:
            again.setdefault(_kind(job), _Begun(job))
        return {each.instance.name for each in found if self.place(each) == again[_kind(each)].result()}


class _Begun:
    """A look at a place, on its way."""

    def __init__(self, job: StartingJob, place: Surroundings | None = None) -> None:
        self._job, self._place = job, place
        self._thread = threading.Thread(target=self._look, daemon=True)
        if place is None:
            self._thread.start()

    def _look(self) -> None:
        try:
            self._place = self._job.survey(self._job.instance, self._job.settings)
        except Exception as error:  # the job itself may run all the same
            self._place = Surroundings({}, f"its place cannot be looked at: {error}")

    def result(self) -> Surroundings:
        if self._thread.ident is not None:
            self._thread.join()
        return self._place or Surroundings({}, "its place was not looked at")


def _kind(job: StartingJob) -> object:
    """Return what the jobs have in common whose places are the same."""
    return job.job.executor, tuple(image.image for image in job.job.images), job.job.environment
