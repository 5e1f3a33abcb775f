"""The failing tests of a job, from the results that it stored."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from ..escapes import visible_name
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
    from ..runtime.storage import junit

    found: list[FailedTest] = []
    total, left = 0, LARGEST
    for file in sorted(each for each in folder.rglob("*") if each.suffix.lower() == ".xml"):
        try:
            left -= file.stat().st_size
            if left < 0:
                break
            with file.open("rb") as content:
                cases = junit.read(content)
        except (OSError, junit.ReportError):
            continue
        failing = [each for each in cases if each.outcome in ("failure", "error")]
        total += len(failing)
        found += [_failed(each, mask) for each in failing[: KEPT - len(found)]]
    return tuple(found), total


def _failed(case: Case, mask: Callable[[str], str]) -> FailedTest:
    name = f"{case.classname}.{case.name}" if case.classname else case.name
    return FailedTest(visible_name(mask(name)), visible_name(mask(case.message)))
