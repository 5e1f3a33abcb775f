"""Secrets in output as a reader sees it: colours do not count, and in some forms any blank is like another."""

from __future__ import annotations

import bisect
import re
from collections.abc import Iterable

from .matcher import MultiMatcher, Spans

_SEQUENCE = rb"\x1b(?:\[[0-?]{0,32}[ -/]{0,2}[@-~]|[()][0-9A-Za-z])"
_BEGUN = rb"\x1b(?:\[[0-?]{0,32}[ -/]{0,2}|[()])?\Z"
INVISIBLE = re.compile(b"(?:%b){1,8}(?:%b)?(?!\x1b)|%b" % (_SEQUENCE, _BEGUN, _BEGUN))
"""Up to eight of a terminal's control sequences in a row, the last one perhaps cut off by the end of the text."""
SEQUENCE = re.compile(_SEQUENCE)
ESCAPE = b"\x1b"
_BLANKS = bytes.maketrans(b"\t\n\v\f\r", b"     ")


class SecretSearch:
    """Finds forms of secrets: ``exact`` ones, and ``blank`` ones, in which a space stands for any blank."""

    def __init__(self, exact: Iterable[bytes], blank: Iterable[bytes] = ()) -> None:
        self._exact = MultiMatcher(exact)
        spaced = frozenset(blank)
        self._blank = MultiMatcher(spaced) if spaced else None

    def find(self, text: bytes) -> tuple[Spans, int]:
        """As ``MultiMatcher.find``; what is found may have control sequences between its letters."""
        spans, edge = self._find(text)
        if ESCAPE not in text:
            return spans, edge
        visible = INVISIBLE.sub(b"", text)
        more, cut = self._find(visible)
        if not more and cut == len(visible):
            return spans, edge
        place = _Places(text)
        spans += [(place(start), place(end - 1) + 1) for start, end in more]
        return sorted(spans), min(edge, place(cut) if cut < len(visible) else edge)

    def _find(self, text: bytes) -> tuple[Spans, int]:
        spans, edge = self._exact.find(text)
        if self._blank:
            more, cut = self._blank.find(text.translate(_BLANKS))
            spans, edge = sorted([*spans, *more]) if more else spans, min(edge, cut)
        return spans, edge


class _Places:
    """Where the visible bytes of a text are in it."""

    def __init__(self, text: bytes) -> None:
        self._starts = [0]
        """Of each visible part of the text, the number of its first byte among the visible ones."""
        self._hidden = [0]
        """How many invisible bytes are before it."""
        for run in INVISIBLE.finditer(text):
            self._starts.append(run.start() - self._hidden[-1])
            self._hidden.append(self._hidden[-1] + len(run[0]))

    def __call__(self, visible: int) -> int:
        return visible + self._hidden[bisect.bisect_right(self._starts, visible) - 1]
