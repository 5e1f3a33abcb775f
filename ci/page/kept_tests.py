"""The tests of a run's results, kept in its folder as ``tests.json``: without secrets, and quick to read again."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable
from pathlib import Path

from ..dataclass import asdict, dataclass, replace
from ..escapes import visible, visible_name
from ..run.folder import TESTS
from ..system.private_files import opener, read_bytes, write_text

TYPE_CHECKING = False
if TYPE_CHECKING:
    from ..runtime.storage.junit import Case

VERSION = 1
MOST = 20_000
"""Tests of one run that are kept: the failed ones first, then the slowest."""
DETAILED = 200
"""Failed tests of one run whose details are kept."""
LARGEST = 20_000_000
"""Bytes of a job's reports that are read; what is beyond is left to the reader."""
LONGEST_SECONDS = 1e9
FAILED = ("failure", "error")


@dataclass(frozen=True, slots=True)
class KeptTest:
    """A test of a job in a workflow; ``outcome`` is as in ``junit.Case``."""

    workflow: str
    job: str
    name: str
    seconds: float
    outcome: str = ""
    message: str = ""
    details: str = ""

    @property
    def failed(self) -> bool:
        """Return whether it failed or broke."""
        return self.outcome in FAILED


def stored_tests(workflow: str, job: str, folder: Path, mask: Callable[[str], str]) -> list[KeptTest]:
    """Return the tests in a folder of JUnit reports; a report that cannot be read has none."""
    from ..runtime.storage import junit

    found: list[KeptTest] = []
    left = LARGEST
    for file in sorted(each for each in folder.rglob("*") if each.suffix.lower() == ".xml"):
        try:
            left -= file.lstat().st_size
            if left < 0:
                break
            with open(file, "rb", opener=opener) as content:  # no link: it may lead anywhere
                found += [_kept(workflow, job, each, mask) for each in junit.read(content)]
        except (OSError, junit.ReportError):
            continue
    return found


def _kept(workflow: str, job: str, case: Case, mask: Callable[[str], str]) -> KeptTest:
    name = f"{case.classname}.{case.name}" if case.classname else case.name
    seconds, message = round(case.seconds, 3), visible(mask(case.message))
    return KeptTest(
        workflow, job, visible_name(mask(name)), seconds, case.outcome, message, visible(mask(case.details))
    )


def write_tests(run: Path, tests: Iterable[KeptTest]) -> None:
    """Write a run's tests into its folder; nothing if it has none."""
    ranked = sorted(tests, key=lambda each: (not each.failed, -each.seconds))[:MOST]
    ranked[DETAILED:] = [replace(each, details="") if each.details else each for each in ranked[DETAILED:]]
    if ranked:
        data = {"version": VERSION, "tests": [asdict(each) for each in ranked]}
        write_text(run / TESTS, json.dumps(data) + "\n")


def read_tests(run: Path) -> list[KeptTest]:
    """Return the tests that a run has kept, whoever has written them; none if there is no such file of this version."""
    try:
        data = json.loads(read_bytes(run / TESTS))
        return [_read(each) for each in data["tests"]] if data["version"] == VERSION else []
    except (OSError, ValueError, KeyError, TypeError, RecursionError):
        return []


def _read(data: dict[str, object]) -> KeptTest:
    seconds = data["seconds"]
    if not isinstance(seconds, int | float):
        raise TypeError
    if not 0 <= seconds <= LONGEST_SECONDS:  # nor is NaN
        seconds = 0.0
    texts = [data.get(name, "") for name in ("workflow", "job", "name", "outcome", "message", "details")]
    workflow, job, name, outcome, message, details = (each if isinstance(each, str) else "" for each in texts)
    shown = visible_name(name), float(seconds), visible_name(outcome), visible(message), visible(details)
    return KeptTest(workflow, job, *shown)
