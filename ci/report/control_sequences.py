"""What a terminal obeys in the output of a step: taken out of it, or all but its colours."""

from __future__ import annotations

import re

from ..escapes import visible_name

_SEQUENCE = re.compile(
    r"\x1b(?:\[[0-?]*[ -/]*(?:[@-~]|$)|[\]PX^_][^\x07\x1b]*(?:\x07|\x1b\\)?|[ -/]*[0-~]|$)|\x9b[0-?]*[ -/]*[@-~]"
)
"""A control sequence: colours, moves, titles; the last one may be cut."""
_COLOR = re.compile(r"\x1b\[[0-9;:]*m")
_CONTROL = re.compile(r"[\x00-\x07\x0b\x0c\x0e-\x1f\x7f-\x9f]")
"""Control characters but backspace, tabulator, line feed and carriage return."""
_PLAIN_BYTES = re.compile(rb"[\x08-\x0a\x0d\x20-\x7e]*")
"""A text of ASCII that no terminal obeys, as most are."""
_LINE_END = re.compile(r"[\n\v\f\x85\u2028\u2029]+")


def plain_line(line: str) -> str:
    """Return a line as it would stand on a screen at its end, without colours: what a carriage return left of it."""
    parts = [part for part in _SEQUENCE.sub("", line).split("\r") if part.strip()]
    return visible_name(parts[-1].expandtabs().rstrip()) if parts else ""


def last_line(text: str) -> str:
    """Return the last line of a text that has something on it, plain; empty if none has."""
    found = (plain_line(line.replace("\b", "")) for line in reversed(_LINE_END.split(text)))
    return next((line.strip() for line in found if line), "")


def colors_only(text: str) -> str:
    """Return a text in which nothing is left that moves the cursor up, clears the screen or asks the terminal."""
    pieces, at = [], 0
    for found in _SEQUENCE.finditer(text):
        pieces += [_CONTROL.sub("", text[at : found.start()]), found[0] if _COLOR.fullmatch(found[0]) else ""]
        at = found.end()
    return "".join([*pieces, _CONTROL.sub("", text[at:])])


def only_colored(text: bytes) -> bytes:
    """Return the bytes of a text as ``colors_only`` does; those that are no UTF-8 stay."""
    if _PLAIN_BYTES.fullmatch(text):
        return text
    return colors_only(text.decode("utf-8", "surrogateescape")).encode("utf-8", "surrogateescape")
