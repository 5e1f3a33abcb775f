"""A job's place in a Pod."""

from __future__ import annotations

import threading
from collections.abc import Iterable

from ...runtime.box import Ended, Kept, StepCommand
from ...runtime.storage.stored_archive import StoredArchive
from ...runtime.task import Task
from ...workflow.model import Pairs
from ..container.box import ContainerBox
from ..container.shells import JobShells, Write
from .memory import killed_for_memory
from .pod import Pod
from .pod_access import PodAccess
from .pod_archives import PodArchives

NAME = "kubernetes"


class KubernetesBox(ContainerBox):
    """See runtime/box.py for what each member is; it lies in the primary container of a Pod."""

    engine = NAME

    def __init__(
        self,
        pod: Pod,
        access: PodAccess,
        shells: JobShells,
        task: Task,
        differences: Pairs,
        archives: PodArchives | None = None,
    ) -> None:
        self._pod = pod
        self._archives = archives
        self.killed = ""
        """That steps were out of memory, where one has failed; empty if not."""
        super().__init__(access, shells, task, _remedy, differences)

    def run(self, command: StepCommand, write: Write, cancel: threading.Event) -> Ended:
        ended = super().run(command, write, cancel)
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

    def _end_all(self) -> None:
        """Delete the Pod, without waiting for that."""
        self._pod.delete()
        for running, _ in self._background:
            running.end()


def _remedy(reason: str) -> str | None:
    return "The disk of the node is full, or the Pod's share of it" if "no space left" in reason.lower() else None
