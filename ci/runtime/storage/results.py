"""``store_test_results``: JUnit XML of a job, kept, counted, and learned from for test splitting.

https://circleci.com/docs/guides/test/collect-test-data/
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from pathlib import Path
from posixpath import basename

from ...events import TestCounts
from ..box import Box
from . import junit
from .artifacts import artifact_name
from .artifacts import store as copy

Timings = tuple[tuple[str, float], ...]
"""Seconds by ``KIND:NAME``; the kinds are ``filename``, ``classname`` and ``testname``."""


def store(
    box: Box, path: str, folder: Path, say: Callable[[str], None] = lambda line: None
) -> tuple[TestCounts, Timings]:
    """Keep the XML files of a folder of the box, or one file, below ``folder``; count the tests and add up their times.

    A path that is absent, a hidden folder (which CircleCI does not take) and a file that is no XML are reported through
    ``say`` and fail nothing. https://circleci.com/docs/reference/configuration-reference/#storetestresults
    """
    if basename(box.path(path)).startswith("."):
        say(f"No test results taken from {path}: it must not be a hidden folder")
        return TestCounts(), ()
    if not copy(box, path, "", folder):
        say(f"No test results found at {path}")
        return TestCounts(), ()
    cases = [case for file in _reports(folder / artifact_name(box, path, "")) for case in _read(file, folder, say)]
    return junit.counts(cases), timings(cases)


def _reports(place: Path) -> list[Path]:
    if place.is_file():
        return [place]
    return sorted(file for file in place.rglob("*") if file.suffix.lower() == ".xml" and file.is_file())


def _read(file: Path, folder: Path, say: Callable[[str], None]) -> list[junit.Case]:
    try:
        with file.open("rb") as content:
            return junit.read(content)
    except (junit.ReportError, OSError) as error:
        say(f"Warning: {file.relative_to(folder)} was left out: {error}")
        return []


def timings(cases: Iterable[junit.Case]) -> Timings:
    """Return the seconds of each file, class and test, added up."""
    found: dict[str, float] = {}
    for case in cases:
        named = (("filename", case.file), ("classname", case.classname), ("testname", case.name))
        for kind, name in named:
            if name and "\n" not in name and "\t" not in name:
                found[f"{kind}:{name}"] = found.get(f"{kind}:{name}", 0.0) + case.seconds
    return tuple(found.items())
