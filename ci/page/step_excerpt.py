"""The output of a step, cut to what a page shows: its beginning, its end, and between them what looks like errors."""

from __future__ import annotations

import re
from collections import deque
from collections.abc import Iterable, Iterator

from ..dataclass import dataclass

HEAD, TAIL = 200, 2000
"""Lines of a step that are kept while it is read."""
LONGEST = 4000
"""Characters of a line that are shown."""
TAIL_SIZE = 4_000_000
"""Characters of the end that are kept, however few lines they are."""
MARKED = 200
"""Lines in the middle of an output that are kept because they, or one near them, look like an error."""
ENDING = 60
BEFORE, AFTER = 3, 8
_WORDS = ("error", "fatal", "fail", "exception", "traceback", "panic", "assert")
"""In small letters: a text without any of them has no line that looks like an error, which is found out quickly."""
_ERROR = re.compile(r"\b(?:error|errors|fatal|failed|failure|exception|traceback|panic|assert\w*)\b", re.IGNORECASE)
_NONE = re.compile(r"\b(?:0|no) (?:errors?|failed|failures?)\b", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class NumberedLine:
    """A line of a step's output; ``cut`` is how many characters at its end are not here."""

    number: int
    text: str
    cut: int = 0


@dataclass(frozen=True, slots=True)
class Lines:
    """Whole lines as they came, in one text; ``cut`` is as in NumberedLine, of a line that came in parts."""

    first: int
    count: int
    text: str
    cut: int = 0

    def numbered(self) -> Iterator[NumberedLine]:
        """Yield the lines, each cut to what is shown of it."""
        for number, line in enumerate(self.text.split("\n"), self.first):
            yield NumberedLine(number, line[:LONGEST], self.cut + max(0, len(line) - LONGEST))

    def last(self, count: int) -> Lines:
        """Return the last of the lines, at most that many."""
        if self.count <= count:
            return self
        kept = self.text.rsplit("\n", count)[1:]
        return Lines(self.first + self.count - count, count, "\n".join(kept), self.cut)


class StepExcerpt:
    """Takes the output of a step as it comes, and keeps what may be shown of it in bounded memory.

    Most of a long output is never taken apart: its lines are counted, and looked at if a word in them says so.
    """

    def __init__(self) -> None:
        self._head: list[NumberedLine] = []
        self._tail: deque[Lines] = deque()
        self._tail_lines = self._tail_size = 0
        self._marked: list[NumberedLine] = []
        self._before: list[NumberedLine] = []
        self._after = 0
        self._open, self._cut = "", 0
        self._begun = False
        self.total = 0

    def add(self, text: str) -> None:
        """Take more output, which need not end with a line."""
        first, ended, rest = text.partition("\n")
        self._extend(first)
        if not ended:
            return
        self._end_line()
        whole, ended, last = rest.rpartition("\n")
        if ended:
            self._take(Lines(self.total + 1, whole.count("\n") + 1, whole))
        self._extend(last)

    def close(self) -> None:
        """End the last line, if the output did not."""
        if self._begun:
            self._end_line()

    def lines(self, most: int, failed: bool) -> list[NumberedLine]:
        """Return at most that many lines in order: of a long output the beginning and the end, which has the most.

        Of a step that failed, what looks like errors between them is there too.
        """
        kept = [*self._head, *self._last(TAIL)]
        if self.total == len(kept) <= most:
            return kept
        marked = self._marked[: most // 4] if failed else []
        head = self._head[: max(1, most // 5)]
        tail = kept[len(head) :][-max(1, most - len(head) - len(marked)) :]
        if not tail:
            return head
        middle = [each for each in marked if head[-1].number < each.number < tail[0].number]
        return [*head, *middle, *tail]

    def end(self) -> list[NumberedLine]:
        """Return its last lines."""
        return [*self._head, *self._last(ENDING)][-ENDING:]

    def _last(self, most: int) -> list[NumberedLine]:
        return [line for lines in self._tail for line in lines.numbered()][-most:]

    def _extend(self, text: str) -> None:
        if text:
            self._begun = True
            room = LONGEST - len(self._open)
            self._open += text[:room]
            self._cut += max(0, len(text) - room)

    def _end_line(self) -> None:
        self._take(Lines(self.total + 1, 1, self._open, self._cut))
        self._open, self._cut, self._begun = "", 0, False

    def _take(self, lines: Lines) -> None:
        self.total += lines.count
        room = HEAD - len(self._head)
        if room > 0:
            numbered = list(lines.numbered())
            self._head += numbered[:room]
            if lines.count <= room:
                return
            rest = lines.text.split("\n", room)[room]
            lines = Lines(lines.first + room, lines.count - room, rest)
        self._tail.append(lines)
        self._tail_lines += lines.count
        self._tail_size += len(lines.text)
        while len(self._tail) > 1 and self._has_enough_behind(self._tail[0]):
            gone = self._tail.popleft()
            self._tail_lines -= gone.count
            self._tail_size -= len(gone.text)
            self._drop(gone)

    def _has_enough_behind(self, first: Lines) -> bool:
        return self._tail_lines - first.count >= TAIL or self._tail_size > TAIL_SIZE

    def _drop(self, lines: Lines) -> None:
        """Keep of lines that leave the end what looks like an error."""
        if len(self._marked) >= MARKED:
            return
        small = lines.text.lower()
        if not self._after and not any(word in small for word in _WORDS):
            self._before = [*self._before, *lines.last(BEFORE).numbered()][-BEFORE:]
            return
        for line in lines.numbered():
            self._look_at(line)

    def _look_at(self, line: NumberedLine) -> None:
        if _ERROR.search(line.text) and not _NONE.search(line.text):
            self._marked += self._before
            self._before = []
            self._after = AFTER + 1
        if self._after:
            self._after -= 1
            self._marked.append(line)
        else:
            self._before = [*self._before, line][-BEFORE:]


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
