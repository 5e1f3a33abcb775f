"""``runs``: the runs that are kept."""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Sequence
from pathlib import Path

from ..errors import PASSED
from ..options.parser import command_parser
from ..project.project import find_project
from .screen import show, show_text


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
    found = [read_run(path) for path in runs(project.state)]
    if given.json:
        print(json.dumps(runs_data(found), indent=2))
    elif not found:
        show(f"no run is kept in {project.state / 'runs'}")
    else:
        show_text("\n".join(table_lines(found, time.time(), style_of(sys.stdout), width_of(sys.stdout))))
    return PASSED
