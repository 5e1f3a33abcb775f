"""Text of one of several writers to one stream: whole lines, each behind its writer's name."""

from __future__ import annotations

from collections.abc import Callable

LONGEST = 2**16
"""Characters of a line that has not ended which are kept back; more of them are shown as a line."""


class Prefixed:
    """Puts a prefix before each line, and keeps back the line that has not ended."""

    def __init__(self, prefix: str) -> None:
        self._prefix = prefix
        self._rest: list[str] = []
        self._kept = 0

    def write(self, text: str, out: Callable[[str], None]) -> None:
        """Pass on the lines that have ended."""
        head, newline, rest = text.rpartition("\n")
        if newline:
            lines = "".join([*self._rest, head]).split("\n")
            self._rest, self._kept = [], 0
            out("".join(f"{self._prefix}{line.replace(chr(13), chr(13) + self._prefix)}\n" for line in lines))
        if rest:
            self._rest.append(rest)
            self._kept += len(rest)
        if self._kept > LONGEST:
            self.write("\n", out)
