"""The runner's own work as lines: its beginning, now and then how far it has come, how long it took."""

from __future__ import annotations

from ..dataclass import dataclass
from ..events import Progress
from .style import duration

EVERY, LONGEST = 10.0, 300.0
"""Seconds between two lines of one task; what has not changed is shown again ever more rarely, up to the second."""


@dataclass(slots=True)
class _Task:
    began: float
    shown: float
    detail: str = ""
    last: str = ""

    def line(self, event: Progress) -> str | None:
        """Return the line for what goes on, if it is time for one; with how long it has taken if it is as before."""
        passed, same = event.time - self.began, event.detail == self.last
        if event.time - self.shown < (min(max(EVERY, self.shown - self.began), LONGEST) if same else EVERY):
            return None
        self.shown, self.last = event.time, event.detail
        line = _line(event.task, event.detail)
        return f"{line}: {duration(passed)} so far" if same else line


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
            self._tasks[key] = _Task(event.time, event.time, event.detail, event.detail)
            return None if self._changing else _line(event.task, event.detail)
        task = self._tasks[key]
        task.detail = event.detail
        return None if self._changing else task.line(event)


def _line(task: str, detail: str) -> str:
    return f"{task}: {detail}" if detail else task
