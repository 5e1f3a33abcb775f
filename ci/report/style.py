"""Colours and symbols, as far as the stream can show them."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TextIO

_CODES = {"bold": "1", "dim": "2", "red": "31", "green": "32", "yellow": "33", "cyan": "36"}
_SYMBOLS = {
    "success": ("✓", "+", "green"),
    "failed": ("✗", "x", "red"),
    "timedout": ("✗", "x", "red"),
    "canceled": ("⊘", "!", "yellow"),
    "not_run": ("-", "-", "yellow"),
    "skipped": ("○", "o", "yellow"),
    "on_hold": ("⏸", "=", "yellow"),
    "start": ("▶", ">", "cyan"),
}


@dataclass(frozen=True, slots=True)
class Style:
    """How a stream may be written to: ``color`` and ``unicode`` say what it can show."""

    color: bool = False
    unicode: bool = True

    def paint(self, text: str, *names: str) -> str:
        """The text in those colours, or as it is."""
        if not self.color or not names:
            return text
        return f"\x1b[{';'.join(_CODES[name] for name in names)}m{text}\x1b[0m"

    def symbol(self, status: str) -> str:
        """The sign of a status, coloured."""
        pretty, plain, color = _SYMBOLS[status]
        return self.paint(pretty if self.unicode else plain, color)


def style_of(stream: TextIO, environ: Mapping[str, str] | None = None) -> Style:
    """What a stream can show. NO_COLOR and FORCE_COLOR count, as does TERM=dumb (https://no-color.org)."""
    variables = os.environ if environ is None else environ
    terminal = stream.isatty() and variables.get("TERM") != "dumb"
    color = bool(variables.get("FORCE_COLOR")) or (terminal and not variables.get("NO_COLOR"))
    try:
        "✓✗⊘○⏸▶│".encode(stream.encoding or "ascii")
    except (UnicodeEncodeError, LookupError):
        return Style(color, False)
    return Style(color, True)
