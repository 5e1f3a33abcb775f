"""Why a pull or a build failed: the innermost part of the engine's long line, and the place that it is about."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence

_STATUS = re.compile(r"(?:exit code|exit status|non-zero code):? (\d+)")
_PLACES = (r"lookup ([^\s:]+)", r"dial tcp ([^\s:]+:\d+)", r'https?://([^/"\s]+)')
_QUOTED = re.compile(r'"[^"]*"')
_STEP = re.compile(r"(?:\[\d+/\d+\] )?(?:Step|STEP) \d|#\d+ \[")
"""How an engine's line begins that names a new step of a Dockerfile."""
_ERROR = re.compile(r'(?:#\d+ )?(?:ERROR|Error|error)\b|Get "|Head "')
WIDTH = 100
KEPT_LINES = 100
"""Lines of a build's output in which its failing step is looked for."""


def cause(line: str) -> str:
    """Return the innermost cause in an engine's error line with the place it is about: ``no such host (HOST)``."""
    parts = [part.strip() for part in _parts(line)]
    while len(parts) > 1 and (not parts[-1] or parts[-1].startswith("http")):
        parts.pop()
    words = parts[-1] if " " in parts[-1] else ": ".join(parts[-2:])
    place = next((found[1] for form in _PLACES if (found := re.search(form, line))), "")
    return f"{words} ({place})" if place and place not in words else words


def _parts(line: str) -> list[str]:
    """Split an error at its colons, but within quotes."""
    hidden = _QUOTED.sub(lambda quoted: quoted[0].replace(": ", "\0"), line)
    return [part.replace("\0", ": ") for part in hidden.split(": ")]


def build_cause(lines: Sequence[str]) -> str:
    """Return why a build failed, by its output: the cause of its last error, or the step that ended with a status."""
    output = [line.strip() for line in lines if line.strip()]
    error = next((line for line in reversed(output) if is_error(line)), output[-1] if output else "no reason was given")
    if ended := _STATUS.search(error):
        step = next((line for line in reversed(output) if is_step(line)), "a step")
        return f"{step[:WIDTH]} ended with exit status {ended[1]}"
    return cause(error)


def is_error(line: str) -> bool:
    """Return whether a line of an engine's output looks like its error."""
    return _ERROR.match(line) is not None or _STATUS.search(line) is not None


def is_step(line: str) -> bool:
    """Return whether a line of a build's output names a new step of the Dockerfile."""
    return _STEP.match(line) is not None


class BuildOutput:
    """Shows a build's output as it comes, without the error at its end, which the caller reports."""

    def __init__(self, show: Callable[[str], None]) -> None:
        self._show = show
        self._lines: list[str] = []
        self._held: list[str] = []

    def line(self, text: str) -> None:
        self._lines[:] = [*self._lines[-KEPT_LINES:], text]
        if is_error(text):
            self._held.append(text)
            return
        if is_step(text):
            self._release(None)
        self._show(text)

    def end(self, failed: bool) -> str | None:
        """Show what was held back, but for the error of a build that failed; return that error's cause, if it did."""
        why = build_cause(self._lines) if failed else None
        self._release(why)
        return why

    def _release(self, why: str | None) -> None:
        for text in self._held:
            if why is None or build_cause([*self._lines, text]) != why:
                self._show(text)
        self._held.clear()
