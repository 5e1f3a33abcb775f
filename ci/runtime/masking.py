"""Secrets in output become ``****``. https://circleci.com/docs/guides/security/env-vars/#secrets-masking"""

from __future__ import annotations

import threading
from collections.abc import Iterable

from .search import Needles
from .secret_forms import SHORTEST, forms

MASK = b"****"


class Masker:
    """The secret values of one job; its streams and texts hide them in every form of ``secret_forms``.

    Secrets that overlap become one mask. Values may be added at any time, from any thread.
    """

    def __init__(self, values: Iterable[str] = ()) -> None:
        self._adding = threading.Lock()
        self._forms: frozenset[bytes] = frozenset()
        self._needles: Needles | None = None
        self._stale = False
        for value in values:
            self.add(value)

    def add(self, value: str) -> None:
        """Hide this value from now on, also in what streams have not given out yet."""
        with self._adding:
            self._forms |= forms(value)
            self._stale = True

    def needles(self) -> Needles | None:
        """What to look for now; None where there is nothing."""
        if self._stale:
            with self._adding:
                self._needles = Needles(self._forms) if self._forms else None
                self._stale = False
        return self._needles

    def stream(self) -> Stream:
        """A filter for one stream of output; not to be shared by threads."""
        return Stream(self)

    def text(self, text: str) -> str:
        """The text with every secret masked."""
        if self.needles() is None:
            return text
        stream = self.stream()
        raw = text.encode("utf-8", "surrogatepass")
        return (stream.feed(raw) + stream.flush()).decode("utf-8", "surrogatepass")


class Stream:
    """Masks what passes through; holds back only an end that may turn out to be the beginning of a secret."""

    def __init__(self, masker: Masker) -> None:
        self._masker = masker
        self._held = b""
        self._given = 0
        """How much of what is held has been given out, as it is or as a mask."""
        self._masked = 0
        """How far into what is held the last mask reaches."""

    @property
    def pending(self) -> bool:
        """Whether something that came in has not been given out."""
        return self._given < len(self._held)

    def feed(self, data: bytes) -> bytes:
        """What can be shown now that ``data`` has come in."""
        needles = self._masker.needles()
        if needles is None and not self._held:
            return data
        text = self._held + data
        spans, edge = needles.find(text) if needles else ([], len(text))
        out = self._show(text, spans, edge)
        self._held = text[edge:]
        self._given = max(0, self._given - edge)
        self._masked = max(0, self._masked - edge)
        return out

    def flush(self) -> bytes:
        """The rest, at the end of a step: an unfinished secret is none."""
        needles = self._masker.needles()
        out = self._show(self._held, needles.find(self._held)[0] if needles else [], len(self._held))
        self._held, self._given, self._masked = b"", 0, 0
        return out

    def idle(self) -> bytes:
        """What may be shown when nothing comes for a while: a few characters, too few to give a secret away.

        They still count as a secret's beginning: its rest will be masked.
        """
        if not self.pending or len(self._held) >= SHORTEST:
            return b""
        out = self._held[self._given :]
        self._given = len(self._held)
        return out

    def _show(self, text: bytes, spans: list[tuple[int, int]], edge: int) -> bytes:
        """What of ``text`` is new and decided: all before ``edge``, and the mask of a secret that begins there."""
        out = []
        for start, end in spans:
            if start > edge:
                break
            if start >= self._masked:
                out += [text[self._given : start], MASK]
            self._masked = max(self._masked, end)
            self._given = max(self._given, end)
        if self._given < edge:
            out.append(text[self._given : edge])
            self._given = edge
        return b"".join(out)
