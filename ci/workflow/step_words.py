"""What the texts of a job's steps call."""

from __future__ import annotations

import re

from .model import Job, Run

_SUDO = re.compile(r"(?m)(?:^|[;&|(\s])sudo\s")


def uses_sudo(job: Job) -> bool:
    """Whether a step's text calls sudo."""
    return any(isinstance(step, Run) and _SUDO.search(step.command) for step in job.steps)
