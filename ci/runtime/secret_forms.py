"""The shapes in which a secret value may appear in output, as byte strings to look for."""

from __future__ import annotations

import base64
from collections.abc import Iterator

SHORTEST = 4
NEVER = frozenset({"true", "True", "false", "False"})
ARMOUR = "-----"
WRAPS = (64, 76)


def is_masked(value: str) -> bool:
    """Whether CircleCI would mask a variable of that value: 4 characters or more, and no truth value.

    https://circleci.com/docs/guides/security/env-vars/#secrets-masking
    """
    return len(value) >= SHORTEST and value not in NEVER


def forms(value: str) -> frozenset[bytes]:
    """Every byte string that gives the value away; empty where it is not to be masked.

    The value, without blanks around it, with either kind of line end, each of its lines, and
    the base64 of all these (the three alignments, both alphabets, the usual line lengths).
    """
    found: set[bytes] = set()
    for text in {value, value.strip(), *_line_ends(value), *_lines(value)}:
        if is_masked(text):
            raw = text.encode("utf-8", "surrogateescape")
            found.add(raw)
            found.update(form for form in _base64(raw) if len(form) >= SHORTEST)
    return frozenset(found)


def _line_ends(value: str) -> Iterator[str]:
    plain = value.replace("\r\n", "\n").strip()
    if "\n" in plain:
        yield plain
        yield plain.replace("\n", "\r\n")


def _lines(value: str) -> Iterator[str]:
    """The lines of a value of several; those that only frame a PEM key are public."""
    lines = value.splitlines()
    if len(lines) > 1:
        for line in lines:
            if not (line.startswith(ARMOUR) and line.rstrip().endswith(ARMOUR)):
                yield line.strip()


def _base64(raw: bytes) -> Iterator[bytes]:
    for form in _base64_plain(raw):
        yield form
        if b"+" in form or b"/" in form:
            yield form.translate(bytes.maketrans(b"+/", b"-_"))


def _base64_plain(raw: bytes) -> Iterator[bytes]:
    """The base64 digits that the value alone decides, with 0, 1 or 2 bytes before it; then whole, and as lines."""
    for before in range(3):
        digits = base64.b64encode(bytes(before) + raw)
        yield digits[(8 * before + 5) // 6 : 8 * (before + len(raw)) // 6]
    whole = base64.b64encode(raw).rstrip(b"=")
    yield whole
    for width in WRAPS:
        if len(whole) > width:
            yield from (whole[at : at + width] for at in range(0, len(whole), width))
