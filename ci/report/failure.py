"""What failed in a run, one record for each different failure: data for the end of the console."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from ..dataclass import dataclass, replace
from ..errors import Position
from ..events import JobStatus, StepStatus

COMPARED = 5
"""How many of the last lines must agree for two failures to be one."""
_CHANCE = re.compile(
    r"nox-circleci-[\w-]+|(?<=/tmp/)[^\s/:'\"]+"  # temporary folders
    r"|(?<![0-9A-Za-z])(?:0x)?[0-9a-fA-F]{7,}(?![0-9A-Za-z])"  # addresses, revisions, ids
    r"|\d+(?:[.:,]\d+)*"
)
"""What differs between two runs of the same."""
_STARTS = re.compile(r"(?<!\w).", re.DOTALL)
"""Where a whole word, or what is no letter, may begin."""
_WORD = re.compile(r"\w")


@dataclass(frozen=True, slots=True)
class FailedTest:
    """A test that a job's stored results say has failed."""

    name: str
    message: str = ""
    details: str = ""


@dataclass(frozen=True, slots=True)
class Evidence:
    """What a step printed at its end: its last lines with words in them, and how many lines there are in all."""

    lines: tuple[str, ...] = ()
    total: int = 0
    whole: bool = True
    """Whether nothing with words in it stands before the lines."""


@dataclass(frozen=True, slots=True)
class Failure:
    """A step that failed its job, or a job that failed outside of its steps (``step`` is 0)."""

    jobs: tuple[str, ...]
    """The labels of the jobs (or nodes) that failed so, in the order of the plan."""
    status: StepStatus | JobStatus
    seconds: float
    position: Position | None
    step: int = 0
    steps: int = 0
    """How many steps the job has; 0 if that is not known."""
    name: str = ""
    exit_status: int | None = None
    message: str = ""
    evidence: Evidence = Evidence()
    tests: tuple[FailedTest, ...] = ()
    tests_total: int = 0
    log: str | None = None
    """``FILE:LINE`` at which the step begins in the log of the first job."""
    results: str | None = None
    """The folder of the first job's test results."""
    command: str | None = None
    """What runs it again."""
    on_host: bool = False


def merged(failures: Sequence[Failure]) -> list[Failure]:
    """Return the failures with equal ones of several jobs as one, which shows the first job's lines and log."""
    labels: dict[object, set[str]] = {}
    for failure in failures:
        labels.setdefault(failure.position, set()).update(failure.jobs)
    names = {position: _Names(found) for position, found in labels.items()}
    alike: dict[object, list[Failure]] = {}
    for failure in failures:
        alike.setdefault(_cause(failure, names[failure.position]), []).append(failure)
    return [replace(same[0], jobs=tuple(job for each in same for job in each.jobs)) for same in alike.values()]


class _Names:
    """The names of jobs, and of those whose nodes they are: found as whole words, in one pass however many they are."""

    def __init__(self, labels: Iterable[str]) -> None:
        names = {name for label in labels for name in (label, label.rpartition("/")[0]) if name}
        self._names = names
        self._lengths: dict[str, list[int]] = {}
        """By the first character: how long names are, the longest first."""
        for name in names:
            self._lengths.setdefault(name[0], []).append(len(name))
        self._lengths = {first: sorted(set(found), reverse=True) for first, found in self._lengths.items()}

    def replaced(self, text: str, by: str) -> str:
        """Return the text with another word in the place of each name."""
        parts, done = [], 0
        for start in _STARTS.finditer(text):
            if start.start() >= done and (end := self._end(text, start.start())):
                parts += [text[done : start.start()], by]
                done = end
        return "".join([*parts, text[done:]])

    def _end(self, text: str, start: int) -> int:
        """Return where the longest name that begins there ends; 0 if none does."""
        for length in self._lengths.get(text[start], ()):
            end = start + length
            if text[start:end] in self._names and not _WORD.match(text, end):
                return end
        return 0


def _cause(failure: Failure, names: _Names) -> object:
    """Return what two failures share if they are the same: numbers and names of jobs do not count."""

    def plain(text: str) -> str:
        return _CHANCE.sub("0", names.replaced(text, "JOB"))

    tests = [f"{each.name}: {each.message}" for each in failure.tests]
    shown = tuple(map(plain, tests or failure.evidence.lines[-COMPARED:]))
    what = (failure.position, failure.step, failure.status, failure.exit_status, failure.tests_total)
    return (*what, plain(failure.name), plain(failure.message), shown)
