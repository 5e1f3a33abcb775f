"""A job's place in a container of Docker's or Podman's."""

from __future__ import annotations

from ...runtime.task import Task
from ...workflow.model import Job, Pairs
from ..container.box import ContainerBox
from ..container.shells import JobShells
from .client import Client, full_disk, is_full
from .containers import Containers
from .exec_access import ExecAccess

END_ALL = """driver=; [ ! -e "$0/driver" ] || read -r driver <"$0/driver"; cd /proc || exit
for process in [0-9]*; do
  case $process in 1 | "$driver" | $$) ;; *) kill -9 "$process" ;; esac
done"""
"""Ends what runs in a container that is kept, but for its first process, which may be an init, and the driver."""


class DockerBox(ContainerBox):
    """See runtime/box.py for what each member is; it lies in the primary container of those that were ``made``."""

    engine = "docker"

    def __init__(self, made: Containers, access: ExecAccess, shells: JobShells, task: Task) -> None:
        job, client = task.job, access.client
        self.offers_docker = made.passed.offers_docker
        self._docker = access
        self._keep = task.settings.keep
        self._has_program = made.has_program
        hidden = tuple(name for name, _ in job.images[0].environment) if made.has_program and job.images else ()
        super().__init__(
            access,
            shells,
            task,
            lambda reason: _remedy(client.program, reason),
            made.differences,
            hidden,
            _of_image(client, job, hidden),
        )

    def _end_all(self) -> None:
        if self._keep:
            self._docker.as_root().call("sh", "-c", END_ALL, self.task_data)
        elif self._has_program:
            self._docker.client.call("kill", self._docker.container)


def _of_image(client: Client, job: Job, hidden: tuple[str, ...]) -> Pairs:
    """Return what the image itself sets for the variables that the config sets for the container's own program.

    https://circleci.com/docs/reference/configuration-reference/#docker
    """
    if not hidden:
        return ()
    asked = ("image", "inspect", "--format", "{{range .Config.Env}}{{println .}}{{end}}", job.images[0].image)
    pairs = (line.partition("=") for line in client.call(*asked).stdout.splitlines())
    return tuple((name, value) for name, _, value in pairs if name in hidden)


def _remedy(program: str, reason: str) -> str | None:
    return full_disk(program) if "Wrote only" in reason or is_full(reason) else None
