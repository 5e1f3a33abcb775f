"""JUnit XML read without ever expanding an entity or opening what it points to.

https://circleci.com/docs/guides/optimize/parallelism-faster-jobs/#junit-xml-reports
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import BinaryIO
from xml.parsers import expat

from ..events import TestCounts

SUITES = ("testsuites", "testsuite")
OUTCOMES = ("error", "failure", "skipped")


class ReportError(Exception):
    """A file that cannot be read as XML; the message says where it breaks."""


@dataclass(frozen=True, slots=True)
class Case:
    """One test as a report tells it; what it does not tell is empty."""

    name: str
    classname: str
    file: str
    seconds: float
    outcome: str = ""
    """``failure``, ``error``, ``skipped``, or empty for a test that passed."""


def read(file: BinaryIO) -> list[Case]:
    """The tests of a report; none where the XML is something else (a coverage report). Raises ReportError."""
    reader = _Reader()
    try:
        reader.parser.ParseFile(file)
    except expat.ExpatError as error:
        raise ReportError(str(error)) from None
    except (ValueError, LookupError) as error:
        raise ReportError(f"its encoding cannot be read: {error}") from None
    return reader.cases


def counts(cases: list[Case]) -> TestCounts:
    """The tests added up by their outcome."""
    found = [case.outcome for case in cases]
    return TestCounts(len(found), found.count("failure"), found.count("error"), found.count("skipped"))


class _Reader:
    def __init__(self) -> None:
        self.cases: list[Case] = []
        self.parser = expat.ParserCreate()
        self.parser.SetParamEntityParsing(expat.XML_PARAM_ENTITY_PARSING_NEVER)
        self.parser.EntityDeclHandler = self._entity
        self.parser.StartElementHandler = self._start
        self.parser.EndElementHandler = self._end
        self._path: list[str] = []
        self._files: list[str] = []
        self._case: Mapping[str, str] | None = None
        self._outcomes: set[str] = set()

    def _entity(self, name: str, *rest: object) -> None:
        raise ReportError(f"it declares the entity {name!r}, which is not expanded")

    def _start(self, tag: str, attributes: dict[str, str]) -> None:
        tag = tag.rpartition(":")[2]
        if self._path or tag in SUITES:
            self._path.append(tag)
            self._files.append(attributes.get("file") or (self._files[-1] if self._files else ""))
        else:
            self._path.append("")
            self._files.append("")
        if self._path[0] not in SUITES:
            return
        if tag == "testcase":
            self._case, self._outcomes = attributes, set()
        elif self._case is not None and self._path[-2] == "testcase":
            self._outcomes.add(tag)

    def _end(self, tag: str) -> None:
        tag, file = self._path.pop(), self._files.pop()
        if tag == "testcase" and self._case is not None:
            self.cases.append(_case(self._case, file, self._outcomes))
            self._case = None


def _case(attributes: Mapping[str, str], file: str, outcomes: set[str]) -> Case:
    outcome = next((each for each in OUTCOMES if each in outcomes), "")
    seconds = _seconds(attributes.get("time", ""))
    return Case(attributes.get("name", ""), attributes.get("classname", ""), file, seconds, outcome)


def _seconds(text: str) -> float:
    try:
        seconds = float(text.replace(",", ""))
    except ValueError:
        return 0.0
    return seconds if math.isfinite(seconds) and seconds > 0 else 0.0
