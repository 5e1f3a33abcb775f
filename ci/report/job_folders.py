"""The long path of a job's own folder, shown once and shortened afterwards; its log has it as it is."""

from __future__ import annotations

from ..dataclass import replace
from ..events import Event, JobFinished, JobStarted, Notice, Output, StepFinished, changed
from .labels import Labels

SHORT = "~job"
"""What stands for the folder."""


class JobFolders:
    """Returns each event of a run with the folders of its jobs shortened."""

    def __init__(self) -> None:
        self._folders: dict[str, str] = {}
        self._labels = Labels()

    def __call__(self, event: Event) -> Event:
        if isinstance(event, JobStarted):
            return self._begin(event)
        if isinstance(event, JobFinished):
            return self._end(event)
        if not self._folders or not isinstance(event, Output | StepFinished | Notice):
            return event
        folder = self._folders.get(event.job)
        if not folder:
            return event
        if isinstance(event, StepFinished):
            return changed(event, message=event.message.replace(folder, SHORT))
        return changed(event, text=event.text.replace(folder, SHORT))

    def _begin(self, event: JobStarted) -> JobStarted:
        if not event.folder:
            return event
        self._folders[event.job] = event.folder
        self._labels.add(event.job)
        lines = (line.replace(event.folder, SHORT) for line in event.details)
        return replace(event, details=(*lines, f"{SHORT} is {event.folder}"))

    def _end(self, event: JobFinished) -> JobFinished:
        for label in self._labels.take(event.job):
            event = replace(event, reason=event.reason.replace(self._folders.pop(label), SHORT))
        return event
