"""Work of the runner's own that takes a while, reported from its beginning to its end."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from ..events import Emit, Progress


@contextmanager
def reported(emit: Emit, task: str, job: str = "") -> Iterator[Callable[[str], None]]:
    """Report work while the block lasts; what it yields takes how far it has come."""

    def detail(text: str) -> None:
        emit(Progress(time.time(), task, text, job))

    emit(Progress(time.time(), task, job=job))
    try:
        yield detail
    finally:
        emit(Progress(time.time(), task, job=job, ended=True))
