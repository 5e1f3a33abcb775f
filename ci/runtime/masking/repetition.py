"""Byte strings that repeat a few bytes: searched for one by one they would match at every place of their own kind."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

LONGEST_PERIOD = 16


class Runs:
    """MultiMatcher that repeat the same bytes, wherever in these they begin, to be found in all that a text repeats."""

    def __init__(self, unit: bytes, needles: Iterable[bytes]) -> None:
        self._period = len(unit)
        sizes: dict[tuple[int, int], int] = {}
        for needle in needles:
            offset = (unit * 2).index(needle[: self._period])
            end = (offset + len(needle)) % self._period
            sizes[offset, end] = min(len(needle), sizes.get((offset, end), len(needle)))
        self._sizes = [(offset, size) for (offset, _), size in sizes.items()]
        self._unit = unit
        self._longest: dict[int, int] = {}
        for needle in needles:
            offset = (unit * 2).index(needle[: self._period])
            self._longest[offset] = max(len(needle), self._longest.get(offset, 0))
        times = (min(sizes.values()) - self._period) // self._period
        self._common = unit * times
        """A text without this has no repetition."""
        self._more = re.compile(b"(?:%b)+" % re.escape(unit), re.DOTALL)

    def find(self, text: bytes) -> Iterator[tuple[int, int]]:
        """Return what the needles cover in the text, a span for all that repeats itself."""
        at = text.find(self._common)
        while at >= 0:
            start, end = self._extended(text, at)
            covered = [span for offset, size in self._sizes for span in self._covered(at, start, end, offset, size)]
            if covered:
                yield min(first for first, _ in covered), max(last for _, last in covered)
            at = text.find(self._common, max(at + 1, end - self._period))

    def starts(self) -> Iterator[bytes]:
        """Return the beginnings that are shorter than two periods."""
        thrice = self._unit * 3
        yield from (thrice[at : at + size] for at in self._longest for size in range(1, 2 * self._period))

    def edge(self, text: bytes) -> int:
        """Where the longest end of the text starts that begins a needle, if it has two periods; else its length."""
        end, period = len(text), self._period
        phase = (self._unit * 2).find(text[end - period :]) if text[-2 * period : -period] == text[-period:] else -1
        if phase < 0 or end < 2 * period:
            return end
        start = end - self._repeated(text)
        starts = []
        for offset, size in self._longest.items():
            first = max(start, end - size + 1)
            starts.append(first + (offset - phase + end - first) % period)
        return min(starts)

    def _repeated(self, text: bytes) -> int:
        """How many bytes at the end of the text repeat, as far as needles are long."""
        low, high = 2 * self._period, min(len(text), max(self._longest.values()))
        while low < high:
            middle = (low + high + 1) // 2
            if text[-middle + self._period :] == text[-middle : -self._period]:
                low = middle
            else:
                high = middle - 1
        return low

    def _extended(self, text: bytes, at: int) -> tuple[int, int]:
        """From where to where the text repeats the bytes that it has there."""
        more = self._more.match(text, at)
        start, end = at, more.end() if more else at
        while end < len(text) and text[end] == text[end - self._period]:
            end += 1
        while start and text[start - 1] == text[start - 1 + self._period]:
            start -= 1
        return start, end

    def _covered(self, at: int, start: int, end: int, offset: int, size: int) -> Iterator[tuple[int, int]]:
        first = start + (at + offset - start) % self._period
        if first + size <= end:
            yield first, end - (end - first - size) % self._period


def runs_of(needles: Iterable[bytes]) -> tuple[list[Runs], set[bytes]]:
    """Return the needles that repeat themselves, and the same as a set."""
    groups: dict[bytes, list[bytes]] = {}
    for needle in needles:
        if period := _period(needle):
            twice = needle[: 2 * period]
            groups.setdefault(min(twice[at : at + period] for at in range(period)), []).append(needle)
    return [Runs(unit, group) for unit, group in groups.items()], {each for group in groups.values() for each in group}


def _period(needle: bytes) -> int:
    """Return after how many bytes a needle repeats itself, four times at least; 0 if it does not."""
    for period in range(1, min(LONGEST_PERIOD, len(needle) // 4) + 1):
        if needle[period] == needle[0] and needle[period:] == needle[:-period]:
            return period
    return 0
