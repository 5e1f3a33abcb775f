"""Tests whose results change although nothing else did, found in the runs that are kept."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from itertools import pairwise

from ..dataclass import dataclass
from .kept_tests import KeptTest

CHANGES = 3
"""Changes of a result over the kept runs from which on a test is shown: a bug and its fix make two."""
TestKey = tuple[str, str, str]
"""A workflow, a job in it, a test's name."""


@dataclass(frozen=True, slots=True)
class TestRun:
    """The tests of one kept run; ``content`` is the commit that they ran on, "" if files differed from it."""

    __test__ = False

    content: str
    tests: Sequence[KeptTest]


@dataclass(frozen=True, slots=True)
class FlakyTest:
    """A test with its result in each run that had it, oldest first: ``passed``, ``failed`` or ``mixed``."""

    workflow: str
    job: str
    name: str
    results: tuple[str, ...]
    content: str = ""
    """The commit at which it both passed and failed; "" if there is none."""
    changes: int = 0


def flaky_tests(runs: Iterable[TestRun]) -> list[FlakyTest]:
    """Return the flaky tests of the runs, which stand oldest first; the ones that change most come first.

    A test, that is a name in a job of a workflow, is flaky if it has passed and failed at one commit without other
    changes, in one run or in several; or if its result has changed CHANGES times from run to run. A run that skipped
    it does not count.
    """
    seen: dict[TestKey, list[tuple[str, str]]] = {}
    for run in runs:
        for key, result in _results(run.tests).items():
            seen.setdefault(key, []).append((run.content, result))
    found = [_judged(key, results) for key, results in seen.items()]
    return sorted(
        (each for each in found if each), key=lambda each: (-each.changes, each.workflow, each.job, each.name)
    )


def _results(tests: Iterable[KeptTest]) -> Mapping[TestKey, str]:
    found: dict[TestKey, str] = {}
    for test in tests:
        if test.outcome == "skipped":
            continue
        key, result = (test.workflow, test.job, test.name), "failed" if test.failed else "passed"
        found[key] = result if found.get(key, result) == result else "mixed"
    return found


def _judged(key: TestKey, results: Sequence[tuple[str, str]]) -> FlakyTest | None:
    by_content: dict[str, set[str]] = {}
    mixed = False
    for content, result in results:
        mixed = mixed or result == "mixed"
        by_content.setdefault(content, set()).add(result)
    unsteady = next((content for content, found in by_content.items() if content and len(found) > 1), "")
    order = [result for _, result in results]
    changes = sum(one != other for one, other in pairwise(order))
    if mixed or unsteady or changes >= CHANGES:
        return FlakyTest(*key, tuple(order), unsteady, changes)
    return None
