"""What a run leaves to be looked at afterwards: the tests of its results, and its page."""

from __future__ import annotations

import os
import stat
from collections.abc import Callable
from pathlib import Path

from ..record.run_record import RunRecord, RunResult
from ..run.folder import EVENTS, LAST, PAGE, RECORD, RunFolder, runs

LONG = 10.0
"""Seconds from which on a run gets its page without being asked; one that failed does at once."""
Mask = Callable[[str], str]


def wants_page(result: RunResult, seconds: float | None, choice: object) -> bool:
    """Return whether a run that has ended so gets its page; ``choice`` is the value of ``--report``.

    A run that its user has ended makes no one wait for a page.
    """
    if choice in ("always", "never"):
        return choice == "always"
    return result == "failed" or (result != "canceled" and (seconds or 0.0) > LONG)


def keep_tests(folder: RunFolder, record: RunRecord, mask: Mask) -> None:
    """Keep the tests of a run's results with it, masked; nothing if it has none."""
    jobs = [(workflow.name, job) for workflow in record.workflows for job in workflow.jobs if job.results_folder]
    if not jobs:
        return
    from ..page.kept_tests import stored_tests, write_tests

    found = [test for name, job in jobs for test in stored_tests(name, job.name, folder.run / job.results_folder, mask)]
    write_tests(folder.run, found)


def draw_wanted_page(folder: RunFolder, record: RunRecord, mask: Mask) -> None:
    """Draw the page of a run that has ended, if it gets one; all that it is made of is masked already."""
    if wants_page(record.result, record.seconds, record.options.get("report")):
        draw_page(folder.run, folder.state)


def draw_page(folder: Path, state: Path) -> Path:
    """Draw the page of a run into its folder; return its path. Raise PageError if it cannot be drawn."""
    from ..page.run_page import write_page
    from .rerun_command import recorded_rerun

    return write_page(folder, runs(state), recorded_rerun)


def existing_page(root: Path, state: Path, name: str) -> Path:
    """Return the page of a kept run of a project, by one of its names.

    It is drawn if it is not there, or older than the run; and if the run was not the user's own, whose page may be
    anybody's too.
    """
    from ..run.kept_runs import find_run
    from .record_seal import is_sealed

    run = find_run(state, name or LAST)
    page = run.path / PAGE
    last = max(_changed(run.path / RECORD), _changed(run.path / EVENTS))
    is_own = run.record is not None and is_sealed(run.record, root)
    return page if is_own and _changed(page) > last else draw_page(run.path, state)


def _changed(file: Path) -> float:
    """Return when a file was last written; 0 if there is none, or a link in its place."""
    try:
        status = os.lstat(file)
    except OSError:
        return 0.0
    return status.st_mtime if stat.S_ISREG(status.st_mode) else 0.0
