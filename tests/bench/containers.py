"""Steps in a container, against the same steps in bash in a container of the same image."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

from .measure import Row, seconds
from .workflows import CI, HEAD, project

IMAGE = "nox-circleci/base"
STEPS = 100


def hundred_steps_in_a_container(folder: Path, times: int) -> list[Row]:
    """One job with 100 empty steps, against a container's start and 1.5 times the same steps in bash."""
    if not _engine():
        return []
    steps = "      - run: 'true'\n" * STEPS
    config = (
        f"{HEAD}jobs:\n  j:\n    docker: [{{image: {IMAGE}}}]\n    steps:\n{steps}workflows:\n  w:\n    jobs: [j]\n"
    )
    made = project(folder / "project", config)
    words = [*CI, "run", "w", "-q", "--engine"]  # start-up is what a dry run without an engine takes
    mine = seconds([*words, "docker"], made, times=times) - seconds([*words, "host", "--dry-run"], made, times=times)
    run = ["docker", "run", "--rm", IMAGE, "bash", "-c"]
    script = f"echo true >/tmp/s; for n in $(seq {STEPS}); do bash -eo pipefail /tmp/s; done"
    start = seconds([*run, ":"], folder, times=times)
    bash = seconds([*run, script], folder, times=times) - start
    return [Row("docker: one job, 100 steps", mine, start + 1.5 * bash, 1.0, "a container's start + 1.5 x bash")]


def _engine() -> bool:
    words = ["docker", "image", "inspect", IMAGE]
    return shutil.which("docker") is not None and subprocess.run(words, capture_output=True).returncode == 0


BENCHES = (hundred_steps_in_a_container,)
