"""What the failures at the end of a run name: files, tests and commands, looked for when a job has failed."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path

from ..escapes import visible_name
from ..events import RunFinished
from ..options.table import Options
from ..report.failure_collector import RunPlaces
from ..report.logs import Logs
from ..run.folder import PAGE, RunFolder
from ..run.run_context import RunContext
from ..runtime.masking.stream import Masker
from ..system.command_names import typed_command
from .run_report import wants_page

TYPE_CHECKING = False
if TYPE_CHECKING:
    from ..report.failure import FailedTest


class FailurePlaces(RunPlaces):
    """The places of a run that has a folder; ``began`` is when it did, which may have been with another workflow.

    ``typed`` are the words by which it has begun, if that was not now.
    """

    def __init__(
        self,
        context: RunContext,
        folder: RunFolder,
        options: Options,
        masker: Masker,
        logs: Logs,
        began: float,
        typed: Sequence[str] = (),
    ) -> None:
        self._context = context
        self._folder = folder
        self._options = options
        self._masker = masker
        self._logs = logs
        self._began = began
        self._typed = typed

    def log(self, job: str, step: int) -> str | None:
        place = self._logs.place(job, step)
        return f"{shown_path(place[0])}:{place[1]}" if place else None

    def results(self, job: str) -> str:
        return shown_path(self._folder.test_results(job))

    def tests(self, job: str) -> tuple[tuple[FailedTest, ...], int]:
        from ..report.failed_tests import failed_tests

        return failed_tests(self._folder.test_results(job), self._masker.text)

    def path(self, path: str) -> str:
        return shown_path(Path(path))

    def page(self, end: RunFinished) -> str | None:
        from importlib.util import find_spec

        wanted = wants_page(end.status, end.time - self._began, self._options.report)
        return shown_path(self._folder.run / PAGE) if wanted and find_spec("jinja2") else None

    def again(self, jobs: tuple[str, ...]) -> str:
        from .rerun_command import CONTINUATION, rerun_command

        workflow = self._context.plan.workflow
        by_name = workflow.position.file != CONTINUATION
        command = rerun_command(workflow.name, jobs, self._options, by_name, self._typed)
        return visible_name(self._masker.text(command))

    def command(self, name: str) -> str:
        return typed_command(name)


def shown_path(path: Path) -> str:
    """Return a path as its reader can open it: relative if it is below the folder in which the command was typed."""
    try:
        here = Path.cwd()
    except FileNotFoundError:  # the folder was removed during the run
        return visible_name(str(path))
    typed_here = os.path.realpath(os.environ.get("PWD", here)) == os.path.realpath(here)
    return visible_name(str(path.relative_to(here) if typed_here and path.is_relative_to(here) else path))
