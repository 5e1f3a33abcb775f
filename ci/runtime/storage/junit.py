"""JUnit XML read without ever expanding an entity or opening what it points to.

https://circleci.com/docs/guides/optimize/parallelism-faster-jobs/#junit-xml-reports
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import BinaryIO
from xml.parsers import expat

from ...dataclass import dataclass
from ...errors import cut
from ...events import TestCounts

SUITES = ("testsuites", "testsuite")
OUTCOMES = ("error", "failure", "skipped")
LARGEST = 200_000_000
"""Bytes of one report."""
MOST_CASES = 1_000_000
LONGEST_NAME = 1000
"""Characters of a test's name, class or file that are kept, and of the message of its failure."""
LONGEST_DETAILS = 4000
"""Characters of the end of a failure's text that are kept: most tools say there what went wrong."""
VAGUE = ("collection failure",)
"""Messages that say nothing of the cause: pytest's, of a file that it could not import."""
FIRST_READ = 2**16


class ReportError(Exception):
    """A file that cannot be read as XML; the message says where it breaks."""


@dataclass(frozen=True, slots=True)
class Case:
    """One test as a report has it; what the report leaves out is empty."""

    name: str
    classname: str
    file: str
    seconds: float
    outcome: str = ""
    """``failure``, ``error``, ``skipped``, or empty for a test that passed."""
    message: str = ""
    """The first line of why it failed."""
    details: str = ""
    """The end of the text of its failure."""


def read(file: BinaryIO) -> list[Case]:
    """Return the tests of a report; none if the XML is something else (a coverage report). Raise ReportError."""
    reader = _Reader()
    try:
        _parse(reader.parser, file)
    except expat.ExpatError as error:
        raise ReportError(str(error)) from None
    except (ValueError, LookupError) as error:
        raise ReportError(f"its encoding cannot be read: {error}") from None
    return reader.cases


def _parse(parser: expat.XMLParserType, file: BinaryIO) -> None:
    """Parse a file in pieces, each as long as all before it.

    The parser begins an element again with each piece until it has all of it: with pieces of one size, or with
    ``ParseFile``, the time would grow with the square of a long attribute.
    """
    done, size = 0, FIRST_READ
    while piece := file.read(size):
        done += len(piece)
        if done > LARGEST:
            raise ReportError(f"it has more than {LARGEST // 1_000_000} MB")
        parser.Parse(piece, False)
        size = max(size, done)
    parser.Parse(b"", True)


def counts(cases: list[Case]) -> TestCounts:
    """Return the tests added up by their outcome."""
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
        self._message = ""
        self._text = ""
        self._pieces: list[str] = []
        self._size = 0

    def _entity(self, name: str, *rest: object) -> None:
        raise ReportError(f"it declares the entity {cut(name, 80)!r}, which is not expanded")

    def _start(self, tag: str, attributes: dict[str, str]) -> None:
        tag = tag.rpartition(":")[2]
        if self._path or tag in SUITES:
            self._path.append(tag)
            file = attributes.get("file", "")[:LONGEST_NAME]
            self._files.append(file or (self._files[-1] if self._files else ""))
        else:
            self._path.append("")
            self._files.append("")
        if self._path[0] not in SUITES:
            return
        if tag == "testcase":
            self._case, self._outcomes = attributes, set()
            self._message, self._pieces, self._size = "", [], 0
        elif self._case is not None and self._path[-2] == "testcase":
            self._outcomes.add(tag)
            if tag in ("failure", "error") and not self._message:
                self._begin_message(attributes.get("message", ""))

    def _begin_message(self, attribute: str) -> None:
        """Take a failure's message from its attribute, or else from the text that follows, its details from that."""
        self._text = ""
        self._message = _first_line(attribute)
        self.parser.CharacterDataHandler = self._add_text

    def _add_text(self, text: str) -> None:
        if len(self._text) < LONGEST_NAME:
            self._text += text if self._text else text.lstrip()
        self._pieces.append(text)
        self._size += len(text)
        if self._size > 16 * LONGEST_DETAILS:  # now and then: the pieces may be letters
            self._pieces = ["".join(self._pieces)[-LONGEST_DETAILS - 1 :]]
            self._size = LONGEST_DETAILS + 1

    def _end(self, tag: str) -> None:
        tag, file = self._path.pop(), self._files.pop()
        if self.parser.CharacterDataHandler and tag in ("failure", "error"):
            self.parser.CharacterDataHandler = None
            self._message = self._message or _first_line(self._text)
        if tag == "testcase" and self._case is not None:
            if len(self.cases) == MOST_CASES:
                raise ReportError(f"it has more than {MOST_CASES} tests")
            self.cases.append(
                _case(
                    self._case,
                    file,
                    self._outcomes,
                    self._message,
                    _ending("".join(self._pieces)[-LONGEST_DETAILS - 1 :]),
                )
            )
            self._case = None


def _first_line(text: str) -> str:
    return next((line.strip() for line in text[:LONGEST_NAME].splitlines() if line.strip()), "")


def _ending(text: str) -> str:
    """Return a text of which only the end was kept: of a line that was cut nothing, for it may be half a secret."""
    return (text.partition("\n")[2] if len(text) > LONGEST_DETAILS else text).strip("\r\n")


def _case(attributes: Mapping[str, str], file: str, outcomes: set[str], message: str, details: str) -> Case:
    outcome = next((each for each in OUTCOMES if each in outcomes), "")
    seconds = _seconds(attributes.get("time", ""))
    if message in VAGUE:
        message = next((line for line in map(_error_of, reversed(details.splitlines())) if line), message)
    name, classname = attributes.get("name", ""), attributes.get("classname", "")
    return Case(name[:LONGEST_NAME], classname[:LONGEST_NAME], file, seconds, outcome, message, details)


def _error_of(line: str) -> str:
    """Return what a line of pytest's traceback says of the error; empty if it is another line."""
    return line[1:].strip()[:LONGEST_NAME] if line.startswith("E  ") else ""


def _seconds(text: str) -> float:
    try:
        seconds = float(text[:LONGEST_NAME].replace(",", ""))
    except ValueError:
        return 0.0
    return seconds if math.isfinite(seconds) and seconds > 0 else 0.0
