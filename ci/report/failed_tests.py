"""The failing tests of a job, from the results that it stored."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

from ..escapes import visible_name
from ..system.private_files import opener
from .failure import FailedTest

TYPE_CHECKING = False
if TYPE_CHECKING:
    from ..runtime.storage.junit import Case

KEPT = 20
"""How many tests are kept; of the others only the number counts."""
LARGEST = 20_000_000
"""Bytes of reports that are read for this; what is beyond is left to the reader."""


def failed_tests(folder: Path, mask: Callable[[str], str]) -> tuple[tuple[FailedTest, ...], int]:
    """Return the first tests that failed, masked, and how many did; a report that cannot be read has none."""
    found: list[FailedTest] = []
    total = 0
    for cases in stored_cases(folder):
        failing = failing_cases(cases)
        total += len(failing)
        found += [_failed(each, mask) for each in failing[: KEPT - len(found)]]
    return tuple(found), total


def failing_cases(cases: Iterable[Case]) -> list[Case]:
    """Return the tests that failed or ended with an error."""
    return [each for each in cases if each.outcome in ("failure", "error")]


def stored_cases(folder: Path) -> Iterator[list[Case]]:
    """Yield the tests of each report below a folder, as they are; a report that cannot be read has none."""
    from ..runtime.storage import junit

    left = LARGEST
    for file in sorted(each for each in folder.rglob("*") if each.suffix.lower() == ".xml"):
        try:
            left -= file.lstat().st_size
            if left < 0:
                return
            with open(file, "rb", opener=opener) as content:  # no link: it may lead anywhere
                cases = junit.read(content)
        except (OSError, junit.ReportError):
            continue
        yield cases


def _failed(case: Case, mask: Callable[[str], str]) -> FailedTest:
    name = f"{case.classname}.{case.name}" if case.classname else case.name
    return FailedTest(visible_name(mask(name)), visible_name(mask(case.message)))
