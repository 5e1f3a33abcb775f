"""A failure as the lines that a person reads at the end of a run."""

from __future__ import annotations

import re
import textwrap
from collections.abc import Iterator, Sequence

from .failure import Failure
from .step_status import in_words
from .style import Style, duration, quoted
from .summary import named

ROWS = 20
"""Rows of a screen that one failure takes."""
FEWEST = 3
"""Rows of its evidence at least, however long the rest is."""
WITH_TESTS = 3
"""Lines of output that are shown behind failing tests."""
WIDE = 10_000
"""The width of what is not a terminal: lines are not broken."""
LONGEST_NAMES = 60
LONGEST_CAUSE = 1000
_INDENT = "    "
_COLOR = re.compile(r"\x1b\[[0-9;]*m")


def failure_lines(failure: Failure, style: Style, width: int = 0) -> list[str]:
    """Return the block of one failure, of at most ROWS rows on a screen of that width (0: as long as they are)."""
    width = width or WIDE
    head = [_heading(failure, style, width), *_cause(failure, style, width)]
    again = [f"  run it again: {failure.command}"] if failure.command else []
    taken = _rows([*head, _log(failure, 9999) or "", *again], width)
    evidence, shown = _evidence(failure, max(FEWEST, ROWS - taken), width)
    log = _log(failure, _left_out(failure, shown))
    return [*head, *evidence, *([style.paint(log, "dim")] if log else []), *again]


def _heading(failure: Failure, style: Style, width: int) -> str:
    step = f": {_step(failure)}" if failure.step else ""
    jobs = _names(failure.jobs, min(LONGEST_NAMES, width - len(step) - 2))
    title = _title(failure, width - len(jobs) - len(step) - 5)
    return f"{style.symbol(failure.status)} {style.paint(jobs, 'bold')}{step}{title}"


def _step(failure: Failure) -> str:
    return f"step {failure.step}{f' of {failure.steps}' if failure.steps else ''}"


def _title(failure: Failure, room: int) -> str:
    """Return the name of the step in quotes, behind a blank; empty without room."""
    name = " ".join(failure.name.split())
    return f" {quoted(_short(name, min(room, LONGEST_NAMES)))}" if name and room > 8 else ""


def step_line(failure: Failure, width: int = 0) -> str:
    """Return which step failed: ``step 2 of 5 'Build'``, in about that many columns."""
    step = _step(failure)
    return f"{step}{_title(failure, (width or WIDE) - len(step) - 3)}"


def _names(jobs: Sequence[str], room: int) -> str:
    """Return the jobs' names in that room: of many the first ones, of which one that is too long is cut."""
    text = named(jobs, room)
    rest = text[len(jobs[0]) :] if len(text) > room else ""
    return f"{_short(jobs[0], room - len(rest))}{rest}" if len(text) > room else text


def _cause(failure: Failure, style: Style, width: int) -> Iterator[str]:
    """Yield the place, unbroken, and how it ended in words, wrapped behind it."""
    place = f"  {failure.position}: " if failure.position else "  "
    text = _short(" ".join(_ended(failure).split()), LONGEST_CAUSE)
    first, *rest = _wrapped(text, width, " " * len(place)) or [""]
    if len(place) < width and len(first) > len(place):
        yield style.paint(f"{place}{first.strip()}", "red")
    else:
        yield style.paint(place.rstrip(), "red")
        rest = _wrapped(text, width, _INDENT)
    yield from (style.paint(line, "red") for line in rest)


def _wrapped(text: str, width: int, indent: str) -> list[str]:
    """Return a text broken between words alone: a path in it stays whole."""
    wrapper = textwrap.TextWrapper(width, indent, _INDENT, break_long_words=False, break_on_hyphens=False)
    return wrapper.wrap(text)


def _ended(failure: Failure) -> str:
    if failure.status == "timedout":
        return f"timed out after {duration(failure.seconds)}{failure.message and f': {failure.message}'}"
    status = failure.exit_status
    if not status:
        return failure.message or "failed"
    words = in_words(status, failure.evidence.lines, failure.on_host)
    message = failure.message.removeprefix(f"exit status {status}").lstrip("; ")
    meaning = f": {words}" if words else ""
    return f"exit status {status}{meaning}{message and f'; {message}'}"


def _evidence(failure: Failure, rows: int, width: int) -> tuple[list[str], int]:
    """Return the lines that show the failure, and how many of the output's or of the tests are among them."""
    lines = failure.evidence.lines
    if not failure.tests:
        last = _last(lines, rows, width)
        return last, len(last)
    behind = _last(lines[-WITH_TESTS:], max(1, min(WITH_TESTS, rows // 3)), width)
    free = rows - _rows(behind, width)
    tests: list[str] = []
    for each in failure.tests:
        line = _clipped(f"{each.name}: {each.message}" if each.message else each.name, width)
        free -= _rows([line], width)
        if free < 1 and len(tests) < failure.tests_total - 1:  # a row for the number of the others
            break
        tests.append(line)
    left = failure.tests_total - len(tests)
    others = [f"{_INDENT}{left:,} failing {'test' if left == 1 else 'tests'} more in {failure.results}"] if left else []
    return [*tests, *others, *behind], len(behind)


def _last(lines: Sequence[str], rows: int, width: int) -> list[str]:
    found: list[str] = []
    for line in reversed(lines):
        line = _clipped(line, width)
        rows -= _rows([line], width)
        if rows < 0 and found:
            break
        found.append(line)
    return found[::-1]


def _clipped(line: str, width: int) -> str:
    """Return a line of evidence, of at most three rows."""
    return _short(f"{_INDENT}{line}", min(3 * width, LONGEST_CAUSE))


def _left_out(failure: Failure, shown: int) -> int:
    """Return how many lines of the output are not shown; 0 if those have no words in them."""
    complete = failure.evidence.whole and shown == len(failure.evidence.lines)
    return 0 if complete else failure.evidence.total - shown


def _log(failure: Failure, left: int) -> str | None:
    if not failure.log:
        return None
    more = f"{left:,} line{'' if left == 1 else 's'} more in"
    return f"  {more if left > 0 else 'log:'} {failure.log}"


def _short(text: str, width: int) -> str:
    return text if len(text) <= width else f"{text[: max(1, width - 3)].rstrip()}..."


def _rows(lines: Sequence[str], width: int) -> int:
    return sum(max(1, -(-len(_COLOR.sub("", line)) // width)) for line in lines)
