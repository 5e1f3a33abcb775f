"""Secrets in output become ``****``. https://circleci.com/docs/guides/security/env-vars/#secrets-masking

Output comes in chunks, which may cut a secret anywhere. A stream therefore shows only what is decided: it holds back
the shortest end of its input that may still turn out to be the beginning of a secret (the *edge*), and shows the
rest at once. A long secret is looked for in pieces of bounded length, so what is held back stays bounded too. A secret
that becomes known later may have begun in what was shown lately: that much is kept, searched again, and the rest of
the secret is masked.
"""

from __future__ import annotations

import functools
import threading
from collections.abc import Iterable

from .pieces import PIECE

TYPE_CHECKING = False
if TYPE_CHECKING:  # a run without secrets needs no search
    from .secret_search import SecretSearch

MASK = b"****"
REMEMBERED = 4 * PIECE
"""Bytes already shown that may be the beginning of a secret that becomes known after them."""


class Masker:
    """The secret values of one job; its streams and texts hide them in every form of ``forms``.

    Secrets that overlap become one mask. Values may be added at any time, from any thread.
    """

    def __init__(self, values: Iterable[str] = ()) -> None:
        self._adding = threading.Lock()
        self._exact: frozenset[bytes] = frozenset()
        self._blank: frozenset[bytes] = frozenset()
        self._search: SecretSearch | None = None
        self._stale = False
        for value in values:
            self.add(value)

    def add(self, value: str) -> None:
        """Hide this value from now on, also the rest of one that a stream has begun to show."""
        from .forms import blank_forms, forms

        with self._adding:
            self._exact |= forms(value)
            self._blank |= blank_forms(value)
            self._stale = True

    def search(self) -> SecretSearch | None:
        """Return what finds the secrets that are known now; None if there are none."""
        if self._stale:
            with self._adding:
                self._search = _search_of(self._exact, self._blank) if self._exact else None
                self._stale = False
        return self._search

    def stream(self) -> Stream:
        """Return a filter for one stream of output; not to be shared by threads."""
        return Stream(self)

    def text(self, text: str) -> str:
        """Return the text with every secret masked."""
        if self.search() is None:
            return text
        stream = self.stream()
        try:
            errors = "surrogateescape"  # as names of files are kept, and printed
            raw = text.encode("utf-8", errors)
        except UnicodeEncodeError:
            errors = "surrogatepass"
            raw = text.encode("utf-8", errors)
        return (stream.feed(raw) + stream.flush()).decode("utf-8", errors)


class Stream:
    """Masks what passes through; holds back only an end that may turn out to be the beginning of a secret."""

    def __init__(self, masker: Masker) -> None:
        self._masker = masker
        self._search: SecretSearch | None = None
        self._recent = b""
        """The end of what came in and was decided."""
        self._forget()

    def _forget(self) -> None:
        self._held = b""
        self._given = 0
        """How much of what is held has been given out, as it is or as a mask."""
        self._masked = -1
        """How far into what is held the last mask reaches."""

    def feed(self, data: bytes) -> bytes:
        """Return what can be shown now that ``data`` has come in."""
        search = self._masker.search()
        if search is not self._search:
            self._search = search
            self._look_back()
        text = self._held + data
        spans, edge = search.find(text) if search else ([], len(text))
        out = self._show(text, spans, edge)
        self._recent = (
            (self._recent + text[:edge])[-REMEMBERED:] if edge < REMEMBERED else text[edge - REMEMBERED : edge]
        )
        self._held = text[edge:]
        self._given = max(0, self._given - edge)
        self._masked = max(-1, self._masked - edge)
        return out

    def _look_back(self) -> None:
        """Hold again what was shown lately: a secret that is new may have begun there."""
        more = len(self._recent)
        self._held, self._recent = self._recent + self._held, b""
        self._given += more
        self._masked = self._masked + more if self._masked >= 0 else -1

    @property
    def undecided(self) -> int:
        """How many of the last bytes that came in may be the beginning of a secret."""
        return len(self._held)

    def flush(self) -> bytes:
        """Return the rest at the end of a step; an unfinished secret is not masked."""
        search = self._masker.search()
        out = self._show(self._held, search.find(self._held)[0] if search else [], len(self._held))
        self._recent = b""
        self._forget()
        return out

    def _show(self, text: bytes, spans: list[tuple[int, int]], edge: int) -> bytes:
        """Return what is new and decided: all before ``edge``, and the mask of a secret that begins there."""
        out = []
        for start, end in spans:
            if start > edge:
                break
            if end <= self._given:
                continue
            if start > self._masked or (start == self._masked and end - start < PIECE):
                out += [text[self._given : start], MASK]
            out += _sequences(text[max(start, self._given) : end])
            self._masked = max(self._masked, end)
            self._given = max(self._given, end)
        if self._given < edge:
            out.append(text[self._given : edge])
            self._given = edge
        return b"".join(out)


@functools.lru_cache(8)
def _search_of(exact: frozenset[bytes], blank: frozenset[bytes]) -> SecretSearch:
    """Jobs with the same secrets search alike."""
    from .secret_search import SecretSearch

    return SecretSearch(exact, blank)


def _sequences(masked: bytes) -> list[bytes]:
    """Return the colours that a secret was shown in: they go on behind the mask."""
    from .secret_search import ESCAPE, SEQUENCE

    return SEQUENCE.findall(masked) if ESCAPE in masked else []
