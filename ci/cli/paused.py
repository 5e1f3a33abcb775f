"""``paused``: the jobs that wait for a decision."""

from __future__ import annotations

import json
import shlex
import time
from collections.abc import Sequence
from pathlib import Path

from ..errors import PASSED
from ..options.parser import command_parser
from ..project.project import find_project
from .pausable_run import place
from .screen import show


def command(argv: Sequence[str], start: Path) -> int:
    """List the jobs that are paused, with the commands by which they go on."""
    given = command_parser("paused").parse(argv)
    from ..pause.paused_runs import paused_runs
    from ..report.style import duration
    from ..run.folder import runs
    from ..run.state_folder import check_state
    from ..system.command_names import typed_command

    project = find_project(start)
    check_state(project.root, project.state)
    found = paused_runs(runs(project.state))
    if given.json:
        print(json.dumps([{"run": each.id, "jobs": each.jobs} for each in found], indent=2))
        return PASSED
    if not found:
        show("no job is paused")
    now = time.time()
    for run in found:
        for job in run.jobs:
            left = duration(max(0.0, job["until"] - now))
            show(f"{job['job']} is paused {place(job)}, for {duration(now - job['since'])} (given up in {left})")
            words = shlex.join(["resume", run.id, "-j", job["job"], "--retry"])
            show(f"  go on: {typed_command(words)}")
    return PASSED
