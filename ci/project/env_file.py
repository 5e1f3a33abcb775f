"""Files of variables, ``NAME=VALUE`` a line: contexts' and those of ``--env-file``.

As in a shell a ``#`` begins a comment line, ``export`` may stand before a name, and quotes hold a value together, over
several lines too. No variable is expanded; double quotes know ``\\n``, ``\\"``, ``\\$`` and ``\\\\``.
"""

from __future__ import annotations

import re

from ..errors import Position, Problem, UsageError
from ..workflow.model import Pairs

_NAME = re.compile(r"[ \t]*(?:export[ \t]+)?([A-Za-z_][A-Za-z0-9_]*)=")
_SINGLE = re.compile(r"'([^']*)'[ \t]*(?:#[^\n]*)?(?=\n|\Z)")
_DOUBLE = re.compile(r'"((?:[^"\\]|\\.)*)"[ \t]*(?:#[^\n]*)?(?=\n|\Z)', re.DOTALL)
_PLAIN = re.compile(r"([^\n]*)")
_BLANK = re.compile(r"[ \t]*(?:#[^\n]*)?(?:\n|\Z)")
_ESCAPES = {"n": "\n", '"': '"', "\\": "\\", "$": "$"}


def parse(text: str, name: str) -> Pairs:
    """Return the variables of a file's text, in order. Raises UsageError with file, line and column if it is wrong."""
    text = text.replace("\r\n", "\n")
    pairs: list[tuple[str, str]] = []
    place = 0
    while place < len(text):
        if blank := _BLANK.match(text, place):
            place = blank.end()
            continue
        variable = _NAME.match(text, place)
        if variable is None:
            raise _wrong(text, place, name, "a line must be NAME=VALUE, NAME of letters, digits and _")
        value, place = _value(text, variable.end(), name)
        pairs.append((variable[1], value))
    return tuple(pairs)


def _value(text: str, place: int, name: str) -> tuple[str, int]:
    quote = text[place : place + 1]
    if quote == "'":
        found = _SINGLE.match(text, place)
    elif quote == '"':
        found = _DOUBLE.match(text, place)
    else:
        found = _PLAIN.match(text, place)
    if found is None:
        raise _wrong(text, place, name, f"a value that begins with {quote} must end with it, and the line with that")
    value = found[1]
    if quote == '"':
        value = re.sub(r"\\(.)", lambda escape: _ESCAPES.get(escape[1], escape[0]), value, flags=re.DOTALL)
    return value if quote in ("'", '"') else value.strip(), found.end() + 1


def _wrong(text: str, place: int, name: str, message: str) -> UsageError:
    line = text.count("\n", 0, place) + 1
    return UsageError(Problem(message, Position(name, line, place - text.rfind("\n", 0, place))))
