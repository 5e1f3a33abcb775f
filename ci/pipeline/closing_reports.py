"""The reports that are drawn once a run has ended; one that cannot be drawn is a line, and changes nothing else."""

from __future__ import annotations

import contextlib
import os
import sys
from collections.abc import Callable

from ..dataclass import replace
from ..errors import CiError
from ..escapes import visible_name
from ..record.run_record import RunRecord
from ..run.folder import PAGE, TESTS, RunFolder
from ..system.private_files import replace_text
from .console_form import step_summary_file
from .run_report import draw_wanted_page, keep_tests

TYPE_CHECKING = False
if TYPE_CHECKING:
    from ..runtime.storage.junit import Case

Mask = Callable[[str], str]
Draw = Callable[[RunFolder, RunRecord, Mask], None]
MOST_TESTS = 1000
"""How many failing tests of one job are in junit.xml."""


def draw_reports(folder: RunFolder, record: RunRecord, mask: Mask) -> None:
    """Draw each report of a run that has ended; the line on standard error of one that fails names it."""
    for name, draw in REPORTS.items():
        try:
            draw(folder, record, mask)
        except Exception as error:  # whatever it is: the run has ended as it has
            complain(mask(f"{folder.run / name} was not written: {_reason(error)}"))
    summary = step_summary_file(record.options, os.environ)
    if summary:
        try:
            from .step_summary_file import append_step_summary

            append_step_summary(summary, folder.run, record, mask)
        except Exception as error:
            complain(mask(f"the step summary was not written: {_reason(error)}"))


def _reason(error: Exception) -> str:
    if isinstance(error, CiError):
        return "; ".join(" ".join(line.split()) for line in str(error).splitlines())
    return getattr(error, "strerror", None) or f"{type(error).__name__}: {error}"


def write_junit(folder: RunFolder, record: RunRecord, mask: Mask) -> None:
    """Write junit.xml."""
    from ..report.junit_xml import junit_xml

    replace_text(folder.junit, junit_xml(record, _failing_tests(folder, record, mask)))


def _failing_tests(folder: RunFolder, record: RunRecord, mask: Mask) -> dict[tuple[str, str], list[Case]]:
    """Return the failing tests of the jobs that have some, masked."""
    jobs = [(workflow.name, job) for workflow in record.workflows for job in workflow.jobs]
    failing = [(name, job) for name, job in jobs if job.tests and (job.tests.failed or job.tests.errors)]
    return {(name, job.name): _masked_cases(folder, job.results_folder, mask) for name, job in failing}


def _masked_cases(folder: RunFolder, results: str, mask: Mask) -> list[Case]:
    from ..report.failed_tests import failing_cases, stored_cases

    found: list[Case] = []
    for cases in stored_cases(folder.run / results):
        found += failing_cases(cases)[: MOST_TESTS - len(found)]
    texts = [(each, mask(each.name), mask(each.classname), mask(each.message)) for each in found]
    return [replace(each, name=name, classname=group, message=message) for each, name, group, message in texts]


def complain(line: str) -> None:
    """Print a line on standard error, if that takes it."""
    with contextlib.suppress(OSError):
        print(visible_name(line), file=sys.stderr)


REPORTS: dict[str, Draw] = {"junit.xml": write_junit, TESTS: keep_tests, PAGE: draw_wanted_page}
"""By the name of the file in the run's folder; the page is made of the tests."""
