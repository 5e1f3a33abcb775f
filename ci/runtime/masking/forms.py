"""The shapes in which a secret value may appear in output, as byte strings to look for."""

from __future__ import annotations

import functools
import re
from collections.abc import Iterator
from urllib.parse import unquote

from .encodings import as_bytes, encoded
from .pieces import pieces

SHORTEST = 4
SHORTEST_ENCODED = 8
"""Characters of a secret that is looked for in other forms too; those of shorter ones may be part of anything."""
NEVER = frozenset({"true", "True", "false", "False"})
ARMOUR = "-----"
_URL = re.compile(
    r"(?P<scheme>[A-Za-z][A-Za-z0-9+.-]{0,30})://(?P<user>[^\s/:@]*):(?P<password>[^\s/]+)@(?P<host>[^\s/:@?#]*)"
)
_QUOTED = re.compile(r"""\s*(["'])(.+)\1\s*""", re.DOTALL)


def is_masked(value: str) -> bool:
    """Whether CircleCI would mask a variable of that value: 4 characters or more, and no truth value.

    https://circleci.com/docs/guides/security/env-vars/#secrets-masking
    """
    return len(value) >= SHORTEST and value not in NEVER


@functools.lru_cache(4096)
def forms(value: str) -> frozenset[bytes]:
    """Return every byte string that gives the value away; none if it is not to be masked.

    That is the value, also without blanks and quotes around it, with either kind of line end, each of its
    lines and the password of a URL; and how programs quote and encode these if they have 8 characters.
    Long ones are returned in pieces that lie side by side.
    """
    found: set[bytes] = set()
    for text in set(_texts(value)):
        if is_masked(text):
            found.add(as_bytes(text))
            if len(text) >= SHORTEST_ENCODED:
                found.update(encoded(text))
    return frozenset(pieces(found))


def blank_forms(value: str) -> frozenset[bytes]:
    """Return the value as it may be printed word by word, each kind of blank being written as a space.

    Never its single words. A line break of two bytes is two spaces.
    """
    words = value.split()
    if len(words) < 2 or len(value.strip()) < SHORTEST_ENCODED:
        return frozenset()
    texts = {" ".join(words), "  ".join(words), re.sub(r"\s", " ", value.strip())}
    return frozenset(pieces({as_bytes(text) for text in texts}))


def _texts(value: str) -> Iterator[str]:
    yield value
    yield value.strip()
    yield from _line_ends(value)
    yield from _lines(value)
    if len(value) >= SHORTEST_ENCODED and (quoted := _QUOTED.fullmatch(value)):
        yield quoted[2]
    for match in _URL.finditer(value):
        yield from _passwords(match)


def _passwords(url: re.Match[str]) -> Iterator[str]:
    """Return the password of a URL as it is written and as it is sent, unless its other parts have that name."""
    host = url["host"].lower()
    public = {url["scheme"].lower(), url["user"].lower(), unquote(url["user"]).lower(), host, *host.split(".")}
    for password in (url["password"], unquote(url["password"], errors="surrogateescape")):
        if password.lower() not in public:
            yield password


def _line_ends(value: str) -> Iterator[str]:
    plain = value.replace("\r\n", "\n").strip()
    if "\n" in plain:
        yield plain
        yield plain.replace("\n", "\r\n")


def _lines(value: str) -> Iterator[str]:
    """Return the lines of a value of several; those that only frame a PEM key are public."""
    lines = value.splitlines()
    if len(lines) > 1:
        for line in lines:
            if not (line.startswith(ARMOUR) and line.rstrip().endswith(ARMOUR)):
                yield line.strip()
