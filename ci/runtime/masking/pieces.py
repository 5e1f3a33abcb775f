"""Pieces of long secrets: they are looked for one by one, and lie side by side."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

PIECE = 256
"""Bytes in which longer forms are looked for: nobody prints that much by chance."""


def pieces(found: Iterable[bytes]) -> Iterator[bytes]:
    """Yield the forms in bounded lengths: a long one becomes pieces, the last of which takes the rest."""
    for form in found:
        at = 0
        while len(form) - at >= 2 * PIECE:
            yield form[at : at + PIECE]
            at += PIECE
        yield form[at:]
