"""The page of a run that has a folder: read what is kept of it, draw the page, write it."""

from __future__ import annotations

import shlex
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path

from ..record.json_reader import RecordError, read_record
from ..record.run_record import RunRecord, WorkflowRecord
from ..run.folder import EVENTS, PAGE, RECORD
from ..system.command_names import nox_command, typed_command
from ..system.private_files import opener, read_rewritten, replace_text
from .build_page import PageSources, build_page
from .flaky_tests import TestRun
from .kept_tests import read_tests
from .render import PageError, render
from .step_outputs import EventsError, RunOutput, read_outputs

Rerun = Callable[[RunRecord, WorkflowRecord, Sequence[str]], str]
"""Returns the command that runs jobs of a run again."""


def write_page(run: Path, kept: Iterable[Path], rerun: Rerun) -> Path:
    """Draw the page of a run into its folder; return its path.

    ``kept`` are the folders of the kept runs. Raise PageError if the page cannot be drawn.
    """
    record = recorded(run)
    try:
        sources = PageSources(
            record=record,
            run=run,
            outputs=_outputs(run, len(record.workflows)),
            tests=read_tests(run),
            history=_history(run, kept),
            command=_command(record),
            again=lambda workflow, jobs: rerun(record, workflow, jobs),
        )
        replace_text(run / PAGE, render(build_page(sources)))
    except OSError as error:
        raise PageError(f"{run / PAGE} was not written: {error.strerror}") from None
    return run / PAGE


def recorded(run: Path) -> RunRecord:
    """Return a run's record. Raise PageError if there is none that can be read."""
    try:
        return read_record(read_rewritten(run / RECORD).decode())
    except FileNotFoundError:
        raise PageError(f"{run} has no {RECORD}: the run was made by an older version, or it has just begun") from None
    except (OSError, RecordError, UnicodeDecodeError) as error:
        raise PageError(f"{run / RECORD} cannot be read: {error}") from None


def _outputs(run: Path, workflows: int) -> Sequence[RunOutput]:
    """Return the output of each workflow; of a run whose events are gone there is none."""
    try:
        with open(run / EVENTS, "rb", opener=opener) as file:
            found = read_outputs(file)
    except FileNotFoundError:
        found = []
    except EventsError as error:
        raise PageError(f"{run / EVENTS}: {error}") from None
    return [*found, *(RunOutput() for _ in range(workflows - len(found)))]


def _history(run: Path, kept: Iterable[Path]) -> list[TestRun]:
    """Return the tests of the runs that were not later than this one, oldest first."""
    earlier = sorted(path for path in kept if path.name <= run.name)
    return [TestRun(_content(path), tests) for path in earlier if (tests := read_tests(path))]


def _content(run: Path) -> str:
    """Return the commit that a run's tests ran on; "" if files differed from it, or if that is not known."""
    try:
        record = recorded(run)
    except PageError:
        return ""
    return "" if record.dirty else record.commit


def _command(record: RunRecord) -> str:
    if record.options.get("noxfile"):
        return shlex.join([nox_command(), *record.command])
    return typed_command(shlex.join(record.command))
