"""Output of steps and the marks between them, separated in one stream."""

from __future__ import annotations


class Framing:
    """Takes a stream apart: bytes as they came, until the mark and a status, wherever in a line they stand.

    What others write into the stream may stand right before the mark, and right behind its line.
    """

    def __init__(self, mark: str) -> None:
        self._mark = f"{mark} ".encode()
        self._held = b""

    @property
    def held(self) -> int:
        """How many bytes came behind what has been returned."""
        return len(self._held)

    def feed(self, data: bytes) -> tuple[bytes, tuple[int, str] | None]:
        """Return what is output for sure by now and, once the mark has come, the status and the word behind it."""
        held = self._held + data
        at = held.find(self._mark)
        if at < 0:
            at = len(held) - self._begun(held)
            self._held = held[at:]
            return held[:at], None
        end = held.find(b"\n", at + len(self._mark))
        if end < 0:
            self._held = held[at:]
            return held[:at], None
        self._held = held[end + 1 :]
        status, _, word = held[at + len(self._mark) : end].decode("ascii", "replace").partition(" ")
        return held[:at], (int(status), word)

    def _begun(self, held: bytes) -> int:
        """How many bytes at the end may be the beginning of a mark."""
        longest = min(len(self._mark) - 1, len(held))
        return next((size for size in range(longest, 0, -1) if held.endswith(self._mark[:size])), 0)
