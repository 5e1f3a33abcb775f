"""How a job on this machine is kept apart from it: by a private view of the files, or by folders of its own.

``namespace``: a mount and a PID namespace of the job's own (Linux, as root or with user namespaces). ``folder``: the
job sees this machine as it is and works in a folder of its own.
"""

from __future__ import annotations

import functools
import sys
from typing import Literal

from ...runtime.task import Settings
from ...workflow.model import Job, SetupRemoteDocker
from . import guards

Isolation = Literal["namespace", "folder"]


@functools.cache
def _tried() -> tuple[str | None, list[str]]:
    """Try to make a view of this machine, once: see ``mounts.try_out``."""
    if sys.platform != "linux":
        return "only Linux has mount namespaces", []
    try:
        from . import view

        return guards.try_out(tuple(view.in_memory(view.this_machine())))
    except (OSError, AttributeError) as error:
        return str(error), []


def unavailable_reason() -> str | None:
    """Return why no job can have a private view of this machine's files; None if it can."""
    return _tried()[0]


def shared_folders() -> list[str]:
    """Return the folders of this machine that a job with a view writes to, because no layer can be put over them."""
    return _tried()[1]


def of_job(job: Job, settings: Settings) -> Isolation:
    """Return how a job is kept apart.

    One that uses this machine's Docker engine names folders to it, which must be the same inside and outside.
    """
    if settings.isolation == "folder":
        return "folder"
    if settings.isolation == "auto" and uses_docker(job):
        return "folder"
    return "namespace" if unavailable_reason() is None else "folder"


def uses_docker(job: Job) -> bool:
    """Whether a job expects a Docker engine: a machine executor, or ``setup_remote_docker``."""
    return job.executor == "machine" or any(isinstance(step, SetupRemoteDocker) for step in job.steps)
