"""Standard error in GitHub Actions, whose runner obeys some lines; no text of a config becomes one."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, TextIO, cast

from ..report.workflow_commands import no_command


class CommandlessStream:
    """A stream to which lines go that the runner takes for no command; all else is the stream's own."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream
        self._rest = ""

    def write(self, text: str) -> int:
        head, newline, self._rest = (self._rest + text).rpartition("\n")
        if newline:
            self._stream.write("".join(f"{no_command(line)}\n" for line in head.split("\n")))
        return len(text)

    def flush(self) -> None:
        """Write what there is of a line too: it may be a question."""
        rest, self._rest = self._rest, ""
        self._stream.write(no_command(rest))
        self._stream.flush()

    def __getattr__(self, name: str) -> Any:
        return getattr(self._stream, name)


@contextmanager
def commandless_errors() -> Iterator[None]:
    """Let nothing that is written to standard error be a command."""
    before = sys.stderr
    guarded = CommandlessStream(before)
    sys.stderr = cast(TextIO, guarded)
    try:
        yield
    finally:
        sys.stderr = before
        guarded.flush()
