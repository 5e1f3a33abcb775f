"""How reports write: colours and symbols as far as the stream can show them, and the phrases that several share."""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import TextIO

from ..dataclass import dataclass
from ..events import StepFinished, TestCounts

NAME_WIDTH = 72
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
        """Return the text in those colours, or as it is."""
        if not self.color or not names:
            return text
        return f"\x1b[{';'.join(_CODES[name] for name in names)}m{text}\x1b[0m"

    def symbol(self, status: str) -> str:
        """Return the sign of a status, coloured."""
        pretty, plain, color = _SYMBOLS[status]
        return self.paint(pretty if self.unicode else plain, color)


def style_of(stream: TextIO, environ: Mapping[str, str] | None = None) -> Style:
    """Return what a stream can show. NO_COLOR and FORCE_COLOR count, as does TERM=dumb (https://no-color.org)."""
    variables = os.environ if environ is None else environ
    terminal = stream.isatty() and variables.get("TERM") != "dumb"
    color = bool(variables.get("FORCE_COLOR")) or (terminal and not variables.get("NO_COLOR"))
    try:
        "✓✗⊘○⏸▶│".encode(stream.encoding or "ascii")
    except (UnicodeEncodeError, LookupError):
        return Style(color, False)
    return Style(color, True)


def moves_cursor(stream: TextIO, environ: Mapping[str, str] | None = None) -> bool:
    """Return whether a stream is a terminal on which lines can be drawn again."""
    variables = os.environ if environ is None else environ
    return stream.isatty() and variables.get("TERM", "") not in ("", "dumb")


def width_of(stream: TextIO) -> int:
    """Return how many columns a terminal has; 0 if it is not a terminal, or does not know."""
    try:
        return os.get_terminal_size(stream.fileno()).columns if stream.isatty() else 0
    except (OSError, ValueError):
        return 0


def one_line(name: str, width: int = NAME_WIDTH) -> str:
    """Return a step's name on one line: its first line that is not blank, shortened."""
    lines = [line.strip() for line in name.strip().splitlines() if line.strip()]
    first = lines[0] if lines else ""
    cut = len(first) > width or len(lines) > 1
    return f"{first[: width - 3].rstrip()}..." if cut else first


def quoted(name: str) -> str:
    """Return a name in quotes of the kind that it does not have itself."""
    return f'"{name}"' if "'" in name else f"'{name}'"


def duration(seconds: float) -> str:
    """Return ``0.4 s``, ``12.3 s``, ``2 min``, ``2 min 5 s``, ``1 h 2 min``."""
    if seconds < 60:
        return f"{seconds:.1f} s"
    minutes, rest = divmod(round(seconds), 60)
    if minutes < 60:
        return f"{minutes} min {rest} s" if rest else f"{minutes} min"
    return f"{minutes // 60} h {minutes % 60} min" if minutes % 60 else f"{minutes // 60} h"


def elapsed(seconds: float) -> str:
    """Return a time that goes on, without fractions: ``42 s``, ``2 min 5 s``."""
    return f"{int(seconds)} s" if seconds < 60 else duration(int(seconds))


def ended_line(step: StepFinished) -> str:
    """Return how a step ended, as a sentence's end: ``failed with exit status 2 after 0.3 s: message``."""
    message = f": {step.message}" if step.message else ""
    if step.status == "timedout":  # its exit status is that of our own signal
        return f"timed out after {duration(step.seconds)}{message}"
    exit_status = f" with exit status {step.exit_status}" if step.exit_status else ""
    return f"{step.status}{exit_status} after {duration(step.seconds)}{message}"


def tests_line(tests: TestCounts) -> str:
    """Return ``35 tests``, with those that did not pass."""
    parts = [f"{count} {name}" for name, count in (("failed", tests.failed), ("errors", tests.errors)) if count]
    if tests.skipped:
        parts.append(f"{tests.skipped} skipped")
    plural = "" if tests.total == 1 else "s"
    return f"{tests.total} test{plural}{': ' if parts else ''}{', '.join(parts)}"


def plural(count: int, noun: str) -> str:
    """Return ``1 job``, ``2 jobs``."""
    return f"{count} {noun}{'' if count == 1 else 's'}"
