"""Finding any of many byte strings in a text at the speed of ``re``, whatever their number."""

from __future__ import annotations

import bisect
import re
from collections.abc import Iterable, Iterator

COMMON_FIRST = b" etaoinsrlcdupmhgfbyvwk0123456789./-_:=\n,\"'()[]TAESRCIONDLPMFUBGHWVYKxqjz"
FREQUENCY = {byte: len(COMMON_FIRST) - rank for rank, byte in enumerate(COMMON_FIRST)}
SHORTEST_ANCHOR = 4
LONGEST_ANCHOR = 8
FARTHEST_ANCHOR = 32


class Needles:
    """Byte strings (at least one, none empty) to be found together.

    Each is found by its anchor: the piece of it that begins with the byte that is rarest in logs. One regular
    expression, a trie of the anchors, passes over the text; a table tells which needles an anchor may belong to.
    """

    def __init__(self, needles: Iterable[bytes]) -> None:
        self._needles = frozenset(needles)
        self._sorted = sorted(self._needles)
        self._reach = 0
        self._places: dict[bytes, set[tuple[int, int]]] = {}
        for needle in self._sorted:
            offset = _anchor_offset(needle)
            anchor = needle[offset : offset + LONGEST_ANCHOR]
            self._places.setdefault(anchor, set()).add((offset, len(needle)))
            self._reach = max(self._reach, offset + len(anchor))
        self._anchor_lengths = sorted({len(anchor) for anchor in self._places})
        self._anchors = re.compile(_trie(self._places), re.DOTALL)
        self._heads = re.compile(_trie(needle[:SHORTEST_ANCHOR] for needle in self._needles), re.DOTALL)

    def find(self, text: bytes) -> tuple[list[tuple[int, int]], int]:
        """Where needles are in the text, overlapping ones too, as starts and ends in order of the starts; and where
        the longest end of the text starts that is a proper beginning of a needle (the text's length if none is).
        """
        spans: list[tuple[int, int]] = []
        edge = len(text)
        hit = self._anchors.search(text)
        while hit:
            anchor = hit.start()
            for start, end in self._around(text, anchor):
                if end <= len(text):
                    spans.append((start, end))
                else:
                    edge = min(edge, start)
            hit = self._anchors.search(text, anchor + 1)
        return sorted(spans), self._edge(text, edge)

    def _around(self, text: bytes, anchor: int) -> Iterator[tuple[int, int]]:
        """The needles, whole or cut off by the end of the text, that have an anchor there."""
        for length in self._anchor_lengths:
            for offset, size in self._places.get(text[anchor : anchor + length], ()):
                start = anchor - offset
                if start < 0:
                    continue
                whole = start + size <= len(text)
                if text[start : start + size] in self._needles if whole else self._begins_needle(text[start:]):
                    yield start, start + size

    def _edge(self, text: bytes, known: int) -> int:
        """The edge, where beginnings that hold their anchor are known: the others are short."""
        short = max(0, len(text) - self._reach + 1)
        head = self._heads.search(text, short)
        while head and head.start() < known:
            if self._begins_needle(text[head.start() :]):
                return head.start()
            head = self._heads.search(text, head.start() + 1)
        shorter = range(max(0, len(text) - SHORTEST_ANCHOR + 1), known)
        return next((at for at in shorter if self._begins_needle(text[at:])), known)

    def _begins_needle(self, part: bytes) -> bool:
        after = bisect.bisect_right(self._sorted, part)
        return after < len(self._sorted) and self._sorted[after].startswith(part)


def _anchor_offset(needle: bytes) -> int:
    last = max(0, min(FARTHEST_ANCHOR, len(needle) - SHORTEST_ANCHOR))
    return min(range(last + 1), key=lambda at: _commonness(needle, at))


def _commonness(needle: bytes, at: int) -> tuple[int, int]:
    return FREQUENCY.get(needle[at], 0), sum(FREQUENCY.get(byte, 0) for byte in needle[at + 1 : at + SHORTEST_ANCHOR])


def _trie(words: Iterable[bytes]) -> bytes:
    """A regular expression that matches where one of the words begins; it stops at the shortest."""
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
