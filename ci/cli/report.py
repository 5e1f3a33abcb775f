"""``report``: the page of a run."""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

from ..errors import PASSED
from ..options.parser import command_parser
from ..project.project import find_project
from .screen import show


def command(argv: Sequence[str], start: Path) -> int:
    """Open the page of a run in the browser of a desktop, and print its path; draw it if it is not there."""
    given = command_parser("report").parse(argv)
    from ..pipeline.run_report import existing_page
    from ..run.state_folder import check_state

    project = find_project(start)
    check_state(project.root, project.state)
    page = existing_page(project.root, project.state, given.run)
    show(page)
    if sys.stdout.isatty() and has_desktop(os.environ, sys.platform):
        import webbrowser

        webbrowser.open(page.as_uri())
    return PASSED


def has_desktop(environ: Mapping[str, str], platform: str) -> bool:
    """Return whether a browser that is started here has a screen that the user sees."""
    if environ.get("SSH_CONNECTION"):
        return False
    return platform == "darwin" or bool(environ.get("DISPLAY") or environ.get("WAYLAND_DISPLAY"))
