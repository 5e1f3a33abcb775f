"""The labels of events: a job's own name, or one of its nodes' (``job/INDEX``)."""

from __future__ import annotations

from collections.abc import Iterator


def jobs_of(label: str) -> Iterator[str]:
    """Yield the jobs that a label may belong to: the one of that name, and the one that it would be a node of."""
    yield label
    job, separator, index = label.rpartition("/")
    if separator and index.isdecimal():
        yield job


class Labels:
    """Labels by the jobs that they may belong to, so that a job's end need not look at those of all others."""

    def __init__(self) -> None:
        self._of: dict[str, dict[str, None]] = {}

    def add(self, label: str) -> None:
        for job in jobs_of(label):
            self._of.setdefault(job, {})[label] = None

    def of(self, job: str) -> list[str]:
        """Return the labels of a job, in the order in which they came."""
        return list(self._of.get(job, ()))

    def discard(self, label: str) -> None:
        for job in jobs_of(label):
            if job in self._of:
                self._of[job].pop(label, None)
                if not self._of[job]:
                    del self._of[job]

    def take(self, job: str) -> list[str]:
        """Return the labels of a job, and forget them."""
        found = self.of(job)
        for label in found:
            self.discard(label)
        return found
