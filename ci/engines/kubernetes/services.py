"""Reports of a Pod's service containers that have ended."""

from __future__ import annotations

import time

from ...events import Emit, Notice
from ...runtime.task import Task
from ...workflow.model import Image
from .manifest import SERVICE
from .pod import Pod


class Services:
    """The services of one job."""

    def __init__(self, pod: Pod, task: Task, emit: Emit) -> None:
        self._pod, self._task, self._emit = pod, task, emit
        self._reported: set[int] = set()

    def report_ended(self, failed_only: bool = False) -> None:
        """Report which run no more, or have failed, each once, with their last output."""
        state = self._pod.state
        for each in state.ended_services if state else ():
            if each.number in self._reported or (failed_only and not each.status):
                continue
            self._reported.add(each.number)
            said = self._pod.log(f"{SERVICE}{each.number}") or each.last_lines or "it printed nothing"
            image = shown(self._task.job.images[each.number])
            text = f"the service {image} has ended, exit status {each.status}: {said}"
            self._emit(Notice(time.time(), text, self._task.label, level="warning"))


def shown(image: Image) -> str:
    """Return what a reader knows a container by."""
    return f"{image.image} ({image.name})" if image.name else image.image
