"""``runs``: the runs that are kept."""

from __future__ import annotations

import contextlib
import json
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from ..dataclass import replace
from ..errors import PASSED
from ..options.parser import command_parser
from ..project.project import find_project
from .screen import show, show_text

if TYPE_CHECKING:
    from ..run.kept_runs import KeptRun


def command(argv: Sequence[str], start: Path) -> int:
    """List the kept runs, newest first."""
    given = command_parser("runs").parse(argv)
    from ..report.run_table import runs_data, table_lines
    from ..report.style import style_of, width_of
    from ..run.folder import runs
    from ..run.kept_runs import read_run
    from ..run.state_folder import check_state

    project = find_project(start)
    check_state(project.root, project.state)
    found = _with_paused([read_run(path) for path in runs(project.state)])
    if given.json:
        print(json.dumps(runs_data(found), indent=2))
    elif not found:
        show(f"no run is kept in {project.state / 'runs'}")
    else:
        show_text("\n".join(table_lines(found, time.time(), style_of(sys.stdout), width_of(sys.stdout))))
    return PASSED


def _with_paused(found: Sequence[KeptRun]) -> list[KeptRun]:
    """Return the runs, with those marked of which a job is paused: their processes know it, not their records."""
    alive = [run.path for run in found if run.alive]
    if not alive:
        return list(found)
    from ..pause.paused_runs import paused_runs

    with contextlib.ExitStack() as channels:
        waiting = paused_runs(alive)
        for each in waiting:
            channels.callback(each.channel.close)
        folders = {each.folder for each in waiting}
    return [replace(run, paused=run.path in folders) for run in found]
