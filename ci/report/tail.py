"""The end of a step's output while it runs, in bounded memory."""

from __future__ import annotations

from collections import deque

TYPE_CHECKING = False
if TYPE_CHECKING:
    from .failure import Evidence

KEPT = 2**15
"""Characters of the end of a step's output that are kept."""


class Tail:
    """Takes output as it comes and keeps its end, whatever its volume."""

    def __init__(self) -> None:
        self._pieces: deque[str] = deque()
        self._size = 0
        self._ended = 0
        self._cut = False
        self._open = False

    def add(self, text: str) -> None:
        """Take more output; what lies too far back is dropped."""
        if not text:
            return
        self._ended += text.count("\n")
        self._open = not text.endswith("\n")
        if len(text) > KEPT:
            text, self._cut = text[-KEPT:], True
        self._pieces.append(text)
        self._size += len(text)
        while self._size - len(self._pieces[0]) >= KEPT:
            self._size -= len(self._pieces.popleft())
            self._cut = True

    def evidence(self) -> Evidence:
        """Return what the output shows at its end."""
        from .evidence import evidence_of

        return evidence_of("".join(self._pieces), self._ended + self._open, self._cut)
