"""A bound for what one job's output takes on disk, in its log or in events.jsonl."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable

from ..dataclass import dataclass, field, replace
from ..events import Event, JobFinished, Notice, Output, StepFinished
from .labels import Labels
from .reporters import Reporter

TAIL = 2**16
"""Bytes that are kept of the end of each step, once the limit is reached."""


@dataclass(slots=True)
class _Kept:
    """The output of one job so far: bytes that went on, the latest that wait, bytes that were left out before those."""

    passed: int = 0
    waiting: deque[tuple[Output, int]] = field(default_factory=deque)
    size: int = 0
    left_out: int = 0


def text_size(text: str) -> int:
    """Return the bytes of a text in a log."""
    return len(text.encode("utf-8", "replace"))


class Bounded:
    """Passes events on to another reporter, with at most ``limit`` bytes of each job's output from its beginning.

    Of each step that goes beyond, the end is kept too, behind a line that says how much is missing. 0 means no limit;
    ``measure`` says how many bytes the reporter makes of a text.
    """

    def __init__(self, limit: int, reporter: Reporter, measure: Callable[[str], int] = text_size) -> None:
        self._tail = min(TAIL, limit // 2)
        self._head = limit - self._tail
        self._limit = limit
        self._pass = reporter
        self._measure = measure
        self._jobs: dict[str, _Kept] = {}
        self._labels = Labels()

    def __call__(self, event: Event) -> None:
        if isinstance(event, Output) and self._limit:
            self._output(event)
            return
        if isinstance(event, StepFinished):
            self._release(event.job)
        elif isinstance(event, JobFinished):
            for job in self._labels.take(event.job):
                self._release(job)
                del self._jobs[job]
        self._pass(event)

    def close(self) -> None:
        for job in self._jobs:
            self._release(job)
        self._pass.close()

    def _output(self, event: Output) -> None:
        kept = self._jobs.get(event.job)
        if kept is None:
            kept = self._jobs[event.job] = _Kept()
            self._labels.add(event.job)
        size = self._measure(event.text)
        room = self._head - kept.passed
        if size <= room:
            kept.passed += size
            self._pass(event)
            return
        if room > 0:
            kept.passed = self._head
            first, event = _split(event, room)
            self._pass(first)
        self._wait(kept, event)

    def _wait(self, kept: _Kept, event: Output) -> None:
        """Hold output back; what is more than the end of a step is left out."""
        if len(event.text) > self._tail:
            first, event = _split(event, len(event.text) - self._tail)
            kept.left_out += self._measure(first.text)
        kept.waiting.append((event, self._measure(event.text)))
        kept.size += kept.waiting[-1][1]
        while kept.size - kept.waiting[0][1] >= self._tail:
            gone = kept.waiting.popleft()[1]
            kept.size -= gone
            kept.left_out += gone

    def _release(self, job: str) -> None:
        kept = self._jobs.get(job)
        if kept is None or not kept.waiting:
            return
        self._cut(kept)
        if kept.left_out:
            limit = f"log-limit {self._limit / 1e6:g} MB"
            self._pass(Notice(time.time(), f"{kept.left_out / 1e6:.1f} MB of output are left out here: {limit}", job))
        for event, _ in kept.waiting:
            self._pass(event)
        kept.waiting.clear()
        kept.size = kept.left_out = 0

    def _cut(self, kept: _Kept) -> None:
        """Leave out the beginning of what waits, so that no more is left than the end that is kept."""
        if kept.size > self._tail:
            event, size = kept.waiting.popleft()
            gone, event = _split(event, kept.size - self._tail)
            kept.left_out += self._measure(gone.text)
            kept.waiting.appendleft((event, size))


def _split(event: Output, characters: int) -> tuple[Output, Output]:
    return replace(event, text=event.text[:characters]), replace(event, text=event.text[characters:])
