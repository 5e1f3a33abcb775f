"""The output of a step, cut to what a page can show: its beginning, its end, and between them what tells of errors."""

from __future__ import annotations

import re
from collections import deque
from collections.abc import Iterable, Iterator

from ..dataclass import dataclass

HEAD, TAIL = 200, 2000
"""Lines of a step that are kept while it is read."""
LONGEST = 4000
"""Characters of a line that are shown."""
MARKED = 200
"""Lines in the middle of an output that are kept because they, or one near them, tell of an error."""
ENDING = 60
BEFORE, AFTER = 3, 8
_ERROR = re.compile(r"\b(?:error|errors|fatal|failed|failure|exception|traceback|panic|assert\w*)\b", re.IGNORECASE)
_NONE = re.compile(r"\b(?:0|no) (?:errors?|failed|failures?)\b", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class NumberedLine:
    """A line of a step's output; ``cut`` is how many characters at its end are not here."""

    number: int
    text: str
    cut: int = 0


class StepExcerpt:
    """Takes the output of a step as it comes, and keeps what may be shown of it in bounded memory."""

    def __init__(self) -> None:
        self._head: list[NumberedLine] = []
        self._tail: deque[NumberedLine] = deque()
        self._marked: list[NumberedLine] = []
        self._before: deque[NumberedLine] = deque(maxlen=BEFORE)
        self._after = 0
        self._open, self._cut = "", 0
        self._begun = False
        self.total = 0

    def add(self, text: str) -> None:
        """Take more output, which need not end with a line."""
        *whole, rest = text.split("\n")
        for line in whole:
            self._extend(line)
            self._end_line()
        if rest:
            self._extend(rest)

    def close(self) -> None:
        """End the last line, if the output did not."""
        if self._begun:
            self._end_line()

    def lines(self, most: int, failed: bool) -> list[NumberedLine]:
        """Return at most that many lines in order: of a long output the beginning and the end, which has the most.

        Of a step that failed, what tells of errors between them is there too.
        """
        kept = [*self._head, *self._tail]
        if self.total == len(kept) <= most:
            return kept
        marked = self._marked[: most // 4] if failed else []
        head = kept[: max(1, most // 5)]
        tail = kept[len(head) :][-max(1, most - len(head) - len(marked)) :]
        middle = [each for each in marked if head[-1].number < each.number < tail[0].number]
        return [*head, *middle, *tail]

    def end(self) -> list[NumberedLine]:
        """Return its last lines."""
        return [*self._head, *self._tail][-ENDING:]

    def _extend(self, text: str) -> None:
        self._begun = True
        room = LONGEST - len(self._open)
        self._open += text[:room]
        self._cut += max(0, len(text) - room)

    def _end_line(self) -> None:
        self.total += 1
        line = NumberedLine(self.total, self._open, self._cut)
        self._open, self._cut, self._begun = "", 0, False
        if len(self._head) < HEAD:
            self._head.append(line)
            return
        self._tail.append(line)
        if len(self._tail) > TAIL:
            self._drop(self._tail.popleft())

    def _drop(self, line: NumberedLine) -> None:
        if len(self._marked) >= MARKED:
            return
        if _ERROR.search(line.text) and not _NONE.search(line.text):
            self._marked += self._before
            self._before.clear()
            self._after = AFTER + 1
        if self._after:
            self._after -= 1
            self._marked.append(line)
        else:
            self._before.append(line)


@dataclass(frozen=True, slots=True)
class Gap:
    """Lines that the page does not show."""

    lines: int


def with_gaps(lines: Iterable[NumberedLine], total: int) -> Iterator[NumberedLine | Gap]:
    """Yield the lines, and a gap for each place where some are missing."""
    last = 0
    for line in lines:
        if line.number > last + 1:
            yield Gap(line.number - last - 1)
        yield line
        last = line.number
    if last < total:
        yield Gap(total - last)
