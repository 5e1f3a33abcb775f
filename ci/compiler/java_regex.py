"""Java's regular expressions, as filters and ``matches`` write them, on Python's ``regex`` with a deadline.

Configuration reference, "Logic statement syntax": Java regular expressions, and the whole text must match.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import lru_cache
from typing import TYPE_CHECKING

from ..dataclass import dataclass
from ..errors import cut
from ..source.limits import LIMITS

if TYPE_CHECKING:
    import regex


class RegexProblem(Exception):
    """A pattern that is wrong, that only Java understands, or that takes too long."""


def no_clock() -> float:
    """Stand for a clock that is missing: time then passes only if a pattern runs into its own limit."""
    return 0.0


@dataclass(slots=True)
class Matcher:
    """Matches patterns until the time for all patterns of one compile is used up."""

    clock: Callable[[], float] = no_clock
    """Seconds since any moment."""
    left: float = LIMITS.all_regexes_seconds

    def full_match(self, pattern: str, text: str) -> bool:
        """Return whether the whole of ``text`` matches the Java pattern; raise RegexProblem."""
        if self.left <= 0:
            limit = LIMITS.all_regexes_seconds
            raise RegexProblem(f"the regular expressions of the config take more than {limit:g} s in all")
        start = self.clock()
        try:
            return compiled(pattern).fullmatch(text, timeout=min(self.left, LIMITS.regex_seconds)) is not None
        except TimeoutError:
            if self.clock is no_clock:
                self.left -= LIMITS.regex_seconds
            limit = LIMITS.regex_seconds
            raise RegexProblem(
                f"the regular expression {cut(pattern, 200)} takes more than {limit:g} s for '{cut(text, 80)}'"
            ) from None
        finally:
            self.left -= self.clock() - start


@lru_cache(maxsize=4096)
def compiled(pattern: str) -> regex.Pattern[str]:
    """Return the pattern, translated and compiled; raise RegexProblem if it cannot be."""
    if len(pattern) > 100_000:
        raise RegexProblem("the regular expression has more than 100000 characters")
    if _size(pattern) > LIMITS.regex_size:
        raise RegexProblem(f"the regular expression {cut(pattern, 200)} repeats too often within repetitions")
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
    """Translate Java's pattern to the words of ``regex``: quoting, end anchors, what only one of the two knows."""
    import regex

    plain = _QUOTED.sub(lambda found: regex.escape(found[1], special_only=True), pattern)
    out: list[str] = []
    at = depth = 0
    sets = "[" in plain
    for piece in _PIECE.finditer(plain):
        out.append(plain[at : piece.start()])
        at = piece.end()
        if piece["open"]:
            depth += 1
            out.append(piece[0] if piece[0][-1] != "]" else piece[0][:-1] + r"\]")
        elif piece["close"]:
            depth = max(0, depth - 1)
            out.append("]" if depth or sets else r"\]")
        elif piece["pair"]:
            out.append("".join("\\" + character for character in piece[0]) if depth else piece[0])
        else:
            out.append(_escape(piece, depth))
    return "".join([*out, plain[at:]])


_UNIT = re.compile(
    r"(?P<atom>\\.|\[\^?\]?(?:\\.|[^\]\\])*\]?)|(?P<open>\()|(?P<close>\))|\{(?P<counts>\d+(?:,\d*)?)\}", re.DOTALL
)


def _size(pattern: str) -> int:
    """Return how long a pattern is with its counted repetitions written out, as the library writes them."""
    outer: list[int] = []
    size = last = at = 0
    for unit in _UNIT.finditer(pattern):
        if unit.start() > at:
            size, last = size + last + unit.start() - at - 1, 1
        at = unit.end()
        if unit["open"]:
            outer.append(size + last)
            size = last = 0
        elif unit["close"]:
            size, last = outer.pop() if outer else 0, size + last
        elif unit["counts"]:
            last *= max(int(count[:9]) for count in unit["counts"].split(",") if count)
        else:
            size, last = size + last, 1
    return size + last + len(pattern) - at


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
