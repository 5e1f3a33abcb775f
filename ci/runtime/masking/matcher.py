"""Finding any of many byte strings in a text at the speed of ``re``, whatever their number."""

from __future__ import annotations

import bisect
import re
from collections.abc import Iterable

from .repetition import LONGEST_PERIOD, runs_of

COMMON_FIRST = b" etaoinsrlcdupmhgfbyvwk0123456789./-_:=\n,\"'()[]TAESRCIONDLPMFUBGHWVYKxqjz"
COMMONNESS = bytes(len(COMMON_FIRST) - COMMON_FIRST.index(byte) if byte in COMMON_FIRST else 0 for byte in range(256))
SHORTEST_ANCHOR = 4
LONGEST_ANCHOR = 8
FARTHEST_ANCHOR = 32
LONGEST_OVERLAP = 5
Spans = list[tuple[int, int]]


class MultiMatcher:
    """Byte strings (at least one, none empty, none long) to be found together.

    Each is found by its anchor: the piece of it that begins with the byte that is rarest in logs. One regular
    expression, a trie of the anchors, passes over the text; a table has which needles an anchor may belong to.
    Needles that repeat a few bytes, which match at every other byte of their own kind, are found as whole runs.
    """

    def __init__(self, needles: Iterable[bytes]) -> None:
        self._needles = frozenset(needles)
        self._runs, repeating = runs_of(sorted(self._needles))
        self._starts = frozenset(start for runs in self._runs for start in runs.starts())
        """What is at the end of a text if it is the beginning of one that repeats itself, and too short to."""
        self._sorted = sorted(self._needles - repeating)
        self._places: dict[bytes, set[tuple[int, int]]] = {}
        self._reach = max(map(self._add_anchor, self._sorted), default=1)
        self._lengths: dict[bytes, set[int]] = {}
        for anchor in self._places:
            if len(anchor) >= SHORTEST_ANCHOR:
                self._lengths.setdefault(anchor[:SHORTEST_ANCHOR], set()).add(len(anchor))
        self._short_lengths = sorted({len(anchor) for anchor in self._places if len(anchor) < SHORTEST_ANCHOR})
        self._anchors = re.compile(_trie(self._places), re.DOTALL) if self._places else None
        self._heads = re.compile(_trie(needle[:SHORTEST_ANCHOR] for needle in self._sorted), re.DOTALL)

    def _add_anchor(self, needle: bytes) -> int:
        """Remember a needle's anchor; returns how many bytes reach to the end of it."""
        offset = _anchor_offset(needle)
        anchor = needle[offset : offset + LONGEST_ANCHOR]
        self._places.setdefault(anchor, set()).add((offset, len(needle)))
        return offset + len(anchor)

    def find(self, text: bytes) -> tuple[Spans, int]:
        """Where needles are in the text, overlapping ones too, as starts and ends in order of the starts; and where
        the longest end of the text starts that is a proper beginning of a needle (the text's length if none is).
        """
        spans = [span for runs in self._runs for span in runs.find(text)]
        edge = self._edge_of_runs(text) if self._runs else len(text)
        if self._anchors:
            search, hit = self._anchors.search, self._anchors.search(text)
            while hit:
                anchor = hit.start()
                edge = min(edge, self._around(text, anchor, spans))
                hit = search(text, anchor + 1)
        spans.sort()
        return spans, self._edge(text, edge)

    def _around(self, text: bytes, anchor: int, spans: Spans) -> int:
        """Add the needles that have an anchor there; returns where one starts that the end of the text cuts off."""
        edge = len(text)
        for length in (*self._lengths.get(text[anchor : anchor + SHORTEST_ANCHOR], ()), *self._short_lengths):
            for offset, size in self._places.get(text[anchor : anchor + length], ()):
                start, end = anchor - offset, anchor - offset + size
                if start < 0:
                    continue
                if end > len(text):
                    if start < edge and self._begins_needle(text[start:]):
                        edge = start
                elif text[start:end] in self._needles:
                    spans.append((start, end))
        return edge

    def _edge_of_runs(self, text: bytes) -> int:
        edge = min(runs.edge(text) for runs in self._runs)
        first = max(0, len(text) - 2 * LONGEST_PERIOD + 1)
        return next((at for at in range(first, edge) if text[at:] in self._starts), edge)

    def _edge(self, text: bytes, known: int) -> int:
        """Return the edge, if beginnings that hold their anchor are known: the others are short."""
        short = max(0, len(text) - self._reach + 1)
        head = self._heads.search(text, short)
        while head and head.start() < known:
            if self._begins_needle(text[head.start() :]):
                known = head.start()
                break
            head = self._heads.search(text, head.start() + 1)
        shorter = range(max(0, len(text) - SHORTEST_ANCHOR + 1), known)
        return next((at for at in shorter if self._begins_needle(text[at:])), known)

    def _begins_needle(self, part: bytes) -> bool:
        after = bisect.bisect_right(self._sorted, part)
        return after < len(self._sorted) and self._sorted[after].startswith(part)


def _anchor_offset(needle: bytes) -> int:
    last = max(0, len(needle) - SHORTEST_ANCHOR)
    common = needle.translate(COMMONNESS)
    best = _rarest(common[: FARTHEST_ANCHOR + SHORTEST_ANCHOR], min(last, FARTHEST_ANCHOR))
    if last > FARTHEST_ANCHOR and _overlaps_itself(needle, best):
        offsets = [at for at in range(last + 1) if not _overlaps_itself(needle, at)]
        best = min(offsets, key=common.__getitem__, default=best)
    return best


def _rarest(common: bytes, last: int) -> int:
    """Return the offset, up to the last allowed, of the rarest byte; among equals, of that before the rarest bytes."""
    rarest = min(common[: last + 1])
    offsets = [at for at in range(last + 1) if common[at] == rarest]
    return min(offsets, key=lambda at: sum(common[at + 1 : at + SHORTEST_ANCHOR])) if offsets[1:] else offsets[0]


def _overlaps_itself(needle: bytes, at: int) -> bool:
    """Whether the anchor there can be found again within itself."""
    anchor = needle[at : at + LONGEST_ANCHOR]
    return any(anchor[shift:] == anchor[:-shift] for shift in range(1, LONGEST_OVERLAP + 1))


def _trie(words: Iterable[bytes]) -> bytes:
    """Return a regular expression that matches where one of the words begins; it stops at the shortest."""
    kept: list[bytes] = []
    for word in sorted(set(words)):
        if not kept or not word.startswith(kept[-1]):
            kept.append(word)
    return _branches(kept, 0)


def _branches(words: list[bytes], depth: int) -> bytes:
    if len(words) == 1:
        return re.escape(words[0][depth:])
    groups: dict[int, list[bytes]] = {}
    for word in words:
        groups.setdefault(word[depth], []).append(word)
    parts = [re.escape(bytes([first])) + _branches(group, depth + 1) for first, group in groups.items()]
    return parts[0] if len(parts) == 1 else b"(?:" + b"|".join(parts) + b")"
