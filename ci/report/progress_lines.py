"""The runner's own work as lines: its beginning, now and then how far it has come, how long it took."""

from __future__ import annotations

from ..dataclass import dataclass
from ..events import Progress
from .style import duration

EVERY = 10.0
"""Seconds between two lines of one task."""


@dataclass(slots=True)
class _Task:
    began: float
    shown: float
    detail: str = ""


class ProgressLines:
    """Returns the line that an event is worth, or None; ``changing``: what goes on is shown elsewhere."""

    def __init__(self, changing: bool = False) -> None:
        self._changing = changing
        self._tasks: dict[tuple[str, str], _Task] = {}

    def __call__(self, event: Progress) -> str | None:
        key = (event.task, event.job)
        if event.ended:
            task = self._tasks.pop(key, _Task(event.time, event.time))
            return f"{_line(event.task, task.detail)}: {duration(max(0.0, event.time - task.began))}"
        if key not in self._tasks:
            self._tasks[key] = _Task(event.time, event.time, event.detail)
            return None if self._changing else _line(event.task, event.detail)
        task = self._tasks[key]
        task.detail = event.detail
        if self._changing or event.time - task.shown < EVERY:
            return None
        task.shown = event.time
        return _line(event.task, event.detail)


def _line(task: str, detail: str) -> str:
    return f"{task}: {detail}" if detail else task
