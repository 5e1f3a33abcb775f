"""A step's output on its way into the event stream: masked, decoded, by the step's number."""

from __future__ import annotations

import codecs
import time
from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import Protocol

from ..escapes import visible
from ..events import Emit, Output
from .progress import reported_if_slow


class Filter(Protocol):
    """What takes the secrets out of a stream of bytes; it may hold some back until it knows."""

    def feed(self, data: bytes) -> bytes: ...

    def flush(self) -> bytes: ...

    @property
    def undecided(self) -> int: ...


class StepOutput:
    """Where one step writes; bytes that are no UTF-8 become U+FFFD."""

    def __init__(self, job: str, step: int, emit: Emit, mask: Filter) -> None:
        self._job = job
        self._step = step
        self._emit = emit
        self._mask = mask
        self._decoder = codecs.getincrementaldecoder("utf-8")("replace")

    def write(self, data: bytes) -> None:
        self._tell(self._decoder.decode(self._mask.feed(data)))

    def say(self, line: str) -> None:
        """Write a line of the runner's own, which may have names of files and keys in it."""
        self.write(f"{visible(line)}\n".encode("utf-8", "replace"))

    def watch(self, task: str, measure: Callable[[], str]) -> AbstractContextManager[None]:
        """Report work of the runner's own for this step if it is slow."""
        return reported_if_slow(self._emit, task, measure, self._job)

    @property
    def unread(self) -> int:
        """How many of the last bytes have not been let out: to go on from there later, they have to come again."""
        return self._mask.undecided + len(self._decoder.getstate()[0])

    def flush(self) -> None:
        """Let out what was held back for more to come."""
        self._tell(self._decoder.decode(self._mask.flush(), final=True))

    def _tell(self, text: str) -> None:
        if text:
            self._emit(Output(time.time(), self._job, self._step, text))
