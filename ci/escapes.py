"""Control characters of names and messages, shown instead of obeyed: a terminal does what they say."""

from __future__ import annotations

import re

_DIRECTIONS = "\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069"
"""What reorders the letters of a line, or ends it."""
_NO_LETTERS = "\ud800-\udfff"
"""Bytes of names of files that are no UTF-8: no stream takes them."""
_IN_TEXT = f"[\0-\x08\x0b-\x1f\x7f-\x9f{_DIRECTIONS}{_NO_LETTERS}]"
_IN_NAME = f"[\0-\x1f\x7f-\x9f{_DIRECTIONS}{_NO_LETTERS}]"
_SHORT = {"\n": "\\n", "\r": "\\r", "\t": "\\t"}


def visible(text: str) -> str:
    """Return a text of one or more lines with its control characters as escapes, such as ``\\x1b``."""
    return _escaped(_IN_TEXT, text)


def visible_name(name: str) -> str:
    """Return a name, or any other text that belongs on one line, with its control characters as escapes."""
    return _escaped(_IN_NAME, name)


def _escaped(pattern: str, text: str) -> str:
    return text if text.isprintable() else re.sub(pattern, _escape, text)  # most texts need no pattern at all


def _escape(found: re.Match[str]) -> str:
    code = ord(found[0])
    return _SHORT.get(found[0]) or (f"\\x{code:02x}" if code < 0x100 else f"\\u{code:04x}")
