"""What CircleCI's compiler refuses since 21 September 2026, and how each is written instead.

Announced in CircleCI's forum, topics 54605 and 54719: version 2, and a new engine for regular expressions. What that
engine lacks is what users of ``circleci config validate --next`` reported: look-around, back-references,
possessive quantifiers, and patterns of more than 128 characters.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from .diagnostics import Diagnostics, Place

Announced = Literal["refused", "warned", "accepted"]
"""What becomes of it: errors, warnings, or nothing, as CircleCI did before and as its server product does."""

DATE = "21 September 2026"
PATTERN = 128
"""The longest pattern, in characters without the slashes around it."""

IN_FILTERS = (
    "write a list of shorter patterns",
    "write what must not match under ignore: alone, or an expression, filters: "
    "pipeline.git.branch matches /A/ and not (pipeline.git.branch matches /B/)",
)
IN_LOGIC = ("write or: with several matches:", "write and: with matches: for A and not: {matches: ...} for B")
IN_EXPRESSIONS = ("write several short ones with or", "write x matches /A/ and not (x matches /B/)")
"""How a pattern that is too long, and one with look-around, are written instead, for each place in a config."""

_GROUPS = {
    "(?=": "the look-ahead (?=",
    "(?!": "the negative look-ahead (?!",
    "(?<=": "the look-behind (?<=",
    "(?<!": "the negative look-behind (?<!",
    "(?>": "the atomic group (?>",
    "(?P=": "the back-reference (?P=",
    "(?(": "the condition (?(",
}
_PIECE = re.compile(
    r"""\\Q.*?(?:\\E|\Z)                                   # quoted text
      | \\(?P<reference>[1-9]|k<)                          # a back-reference
      | \\.                                                # another escape
      | (?P<group>\(\?(?:<[=!]|P=|[=!>(]))
      | (?P<open>\[\^?\]?) | (?P<close>\])
      | (?P<possessive>(?:[*+?]|\{\d+(?:,\d*)?\})\+)
      | [*+?]\??|\{\d+(?:,\d*)?\}\??                       # another quantifier""",
    re.VERBOSE | re.DOTALL,
)


def check_version(version: str, place: Place, diagnostics: Diagnostics) -> None:
    """Report a config of version 2."""
    fix = diagnostics.command("validate --fix")
    hint = f"write version: 2.1, and \\<< where a text has <<: `{fix}` does both"
    diagnostics.announced(place, f"version {version}", hint)


def check_pattern(pattern: str, place: Place, rewrites: tuple[str, str], diagnostics: Diagnostics) -> None:
    """Report a regular expression that is too long, or has what the new engine lacks; ``rewrites`` are the hints."""
    if diagnostics.choice == "accepted":
        return
    if len(pattern) > PATTERN:
        message = f"a regular expression of {len(pattern)} characters, more than {PATTERN}"
        diagnostics.announced(place, message, rewrites[0])
    for construct in dict.fromkeys(lacking(pattern)):
        hint = rewrites[1] if "look-" in construct else "write it without"
        diagnostics.announced(place, f"{construct} in a regular expression", hint)


def lacking(pattern: str) -> Iterator[str]:
    """Return the constructs in a Java pattern that the new engine does not have, in words."""
    depth = 0
    for piece in _PIECE.finditer(pattern):
        if piece["open"]:
            depth += 1
        elif piece["close"]:
            depth = max(0, depth - 1)
        elif depth:
            continue
        elif piece["group"]:
            yield _GROUPS[piece["group"]]
        elif piece["possessive"]:
            yield f"the possessive quantifier {piece['possessive']}"
        elif piece["reference"]:
            yield f"the back-reference \\{piece['reference']}"
