"""A job's place in a Pod."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Mapping, Sequence

from ...dataclass import replace
from ...runtime.box import AheadStep, Ended, Kept, StepCommand
from ...runtime.failures import JobError
from ...runtime.storage.stored_archive import StoredArchive
from ...runtime.task import Task
from ...workflow.model import Pairs
from ..container.box import ContainerBox, deadlines
from ..container.shells import JobShells, Write
from .choices import ClusterChoices
from .detached_pod import DetachedPod, LeftProcess, leave
from .handed_over import HandedOverPod
from .memory import killed_for_memory
from .pod import Pod
from .pod_access import PodAccess
from .pod_archives import PodArchives
from .pod_process import PodProcess

NAME = "kubernetes"


class KubernetesBox(ContainerBox):
    """See runtime/box.py for what each member is; it lies in the primary container of a Pod.

    ``left`` is what has been left of it, if it was come back to.
    """

    engine = NAME

    def __init__(
        self,
        pod: Pod,
        access: PodAccess,
        shells: JobShells,
        task: Task,
        differences: Pairs,
        archives: PodArchives | None = None,
        left: DetachedPod | None = None,
        choices: ClusterChoices = ClusterChoices(),  # noqa: B008 - it is never changed
    ) -> None:
        self._pod = pod
        self._archives = archives
        self._pod_access = access
        self._left = left
        self._choices = choices
        self.handed_over: HandedOverPod | None = None
        """The Pod once its steps have been sent ahead."""
        self.killed = ""
        """That steps were out of memory, where one has failed; empty if not."""
        super().__init__(access, shells, task, _remedy, differences)

    def run(self, command: StepCommand, write: Write, cancel: threading.Event) -> Ended:
        ended = self._ahead(command, write, cancel) or super().run(command, write, cancel)
        if ended.status and ended.cause == "exit":
            self.killed = killed_for_memory(self._pod)
        return ended

    def store_archive(self, root: str, paths: Iterable[str], what: Kept) -> StoredArchive | None:
        return self._archives.store(root, paths, what) if self._archives else None

    def load_archive(self, archive: StoredArchive, at: str) -> bool:
        if self._archives is None:
            return False
        if at != "/":
            self._make_folder(at)
        return self._archives.load(archive, at)

    def _ahead(self, command: StepCommand, write: Write, cancel: threading.Event) -> Ended | None:
        """Return how a step has ended that was sent ahead; None if this one was not."""
        if command.background or not self._shells.has_ahead:
            return None
        return self._shells.ahead_step(write, deadlines(command), cancel)

    def hand_over(
        self, steps: Sequence[AheadStep], failing: bool, unread: Callable[[int], int]
    ) -> Mapping[str, object]:
        left = leave(
            self._pod_access, self._shells, self._shells.ahead_text(steps, self._exports, failing), self._pod.name
        )
        self.handed_over = HandedOverPod(self._pod, self._pod_access, self._choices)
        background = tuple(self._leave_background(number, unread) for number in range(len(self._background)))
        return replace(left, background=background, changes=self._pod.changes).plain()

    def _leave_background(self, number: int, unread: Callable[[int], int]) -> LeftProcess:
        running, thread = self._background[number]
        assert isinstance(running, PodProcess)
        running.hold()
        running.end()
        thread.join()
        return LeftProcess(running.name, running.place(running.came - unread(number)))

    def follow_background(self, number: int, write: Write) -> None:
        if self._left is None or number >= len(self._left.background):
            raise JobError("a background step of the job is not known any more")
        self._pump(self._pod_access.again(self._left.background[number]), write)

    def _end_all(self) -> None:
        """Delete the Pod, without waiting for that."""
        self._pod.delete()
        for running, _ in self._background:
            running.end()


def _remedy(reason: str) -> str | None:
    return "The disk of the node is full, or the Pod's share of it" if "no space left" in reason.lower() else None
