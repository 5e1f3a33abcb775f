"""Java's regular expressions, as filters and ``matches`` write them, on Python's ``regex`` with a deadline.

Configuration reference, "Logic statement syntax": Java regular expressions, and the whole text must match.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import TYPE_CHECKING

from ..source.limits import LIMITS

if TYPE_CHECKING:
    import regex  # type: ignore[import-untyped]


class RegexProblem(Exception):
    """A pattern that is wrong, that only Java understands, or that takes too long."""


def full_match(pattern: str, text: str) -> bool:
    """Whether the whole of ``text`` matches the Java pattern; raises RegexProblem."""
    try:
        return compiled(pattern).fullmatch(text, timeout=LIMITS.regex_seconds) is not None
    except TimeoutError:
        message = f"the regular expression {pattern} takes more than {LIMITS.regex_seconds:g} s for '{text[:80]}'"
        raise RegexProblem(message) from None


@lru_cache(maxsize=4096)
def compiled(pattern: str) -> regex.Pattern[str]:
    """The pattern, translated and compiled; raises RegexProblem where it cannot be."""
    if len(pattern) > 100_000:
        raise RegexProblem("the regular expression has more than 100000 characters")
    import regex  # most configs have no pattern, and it is slow to load

    try:
        return regex.compile(_translate(pattern), regex.VERSION1 | regex.ASCII)
    except (regex.error, RecursionError, OverflowError, ValueError) as error:
        raise RegexProblem(f"'{pattern[:200]}' is not a regular expression: {error}") from None


_QUOTED = re.compile(r"\\Q(.*?)(?:\\E|\Z)", re.DOTALL)
_PIECE = re.compile(
    r"\\p\{(?P<property>[^}]*)\}|\\(?P<escape>.)|(?P<open>\[\^?\]?)|(?P<close>\])|(?P<pair>--|\|\||~~)", re.DOTALL
)
_JAVA_ONLY = {"c": "control characters", "0": "octal characters", "N": "named characters", "X": "grapheme clusters"}
_ENDS = {"z": r"\Z", "Z": r"(?=\n?\Z)"}


def _translate(pattern: str) -> str:
    """Java's pattern in the words of ``regex``: quoting, end anchors, what only one of the two knows."""
    import regex

    plain = _QUOTED.sub(lambda found: regex.escape(found[1], special_only=True), pattern)
    out: list[str] = []
    at = depth = 0
    for piece in _PIECE.finditer(plain):
        out.append(plain[at : piece.start()])
        at = piece.end()
        if piece["open"]:
            depth += 1
            out.append(piece[0] if piece[0][-1] != "]" else piece[0][:-1] + r"\]")
        elif piece["close"]:
            depth = max(0, depth - 1)
            out.append("]" if depth or plain.count("[") else r"\]")
        elif piece["pair"]:
            out.append("".join("\\" + character for character in piece[0]) if depth else piece[0])
        else:
            out.append(_escape(piece, depth))
    return "".join([*out, plain[at:]])


def _escape(piece: re.Match[str], depth: int) -> str:
    if piece["property"] is not None:
        if piece["property"].startswith("java"):
            raise RegexProblem(f"{piece[0]} is known to Java only; write it as a class of characters")
        return piece[0]
    letter = piece["escape"]
    if letter in _JAVA_ONLY:
        raise RegexProblem(f"\\{letter} ({_JAVA_ONLY[letter]}) in a regular expression is not supported here")
    if letter in _ENDS and not depth:
        return _ENDS[letter]
    return piece[0]
