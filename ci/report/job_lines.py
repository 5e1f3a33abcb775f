"""One job's lines on the console: its steps, their output behind a gutter, how they ended."""

from __future__ import annotations

import re
from collections.abc import Callable
from io import StringIO
from typing import TextIO

from ..events import StepFinished, StepStarted
from .prefixed import Prefixed
from .style import Style, duration, ended_line, one_line, quoted

GUTTER = "    "
KEPT = 2**18
"""Characters of a job's text that are kept in memory, four bytes each; more of it waits on the disk."""
PIECE = 2**16
_LINES = re.compile(r"[^\n]*\n|[^\n]+")


class JobLines:
    """One job's lines, indented, as far as they have not been poured out yet; more than a little is on the disk.

    ``node`` is the node's name if the job runs on several; ``prefix`` stands before each line that is streamed
    while those of others are.
    """

    def __init__(self, style: Style, node: str = "", prefix: str = "") -> None:
        self._style = style
        self._node = node
        self._prefixed = Prefixed(f"{style.paint(f'{prefix} |', 'dim')} ") if prefix else None
        self._text: TextIO = StringIO(newline="")
        self._size = 0
        self._midline = 0
        """The step whose output has stopped within a line; 0 if none has."""

    @property
    def empty(self) -> bool:
        return self._size == 0

    def pour(self, out: Callable[[str], None] | None = None) -> None:
        """Pass on the text since the last call, or throw it away."""
        if self.empty:
            return
        self._text.seek(0)
        while out and (text := self._text.read(PIECE)):
            out(text)
        self._text.seek(0)
        self._text.truncate()
        self._size = 0

    def stream(self, out: Callable[[str], None]) -> None:
        """Pass on the text since the last call while other jobs may do the same."""
        prefixed = self._prefixed
        self.pour((lambda text: prefixed.write(text, out)) if prefixed else out)

    def finish(self) -> None:
        """End the line that has not ended: nothing more will come."""
        self._write(self._fresh())

    def close(self) -> None:
        self._text.close()

    def lines(self, lines: tuple[str, ...] | list[str]) -> None:
        for line in lines:
            self._write(f"{self._fresh()}  {line}\n")

    def begin(self, event: StepStarted) -> None:
        self.lines([f"{self._style.paint(f'{event.step}.', 'dim')} {one_line(event.name)}"])

    def output(self, text: str, step: int) -> None:
        """Add output as it comes, each line behind the gutter; a carriage return begins the line again."""
        if self._midline not in (0, step):  # of a step in the background, whose line this one's is not
            self._write(self._fresh())
        for line in _LINES.findall(text):
            gutter = "" if self._midline else GUTTER
            self._write(gutter + line.replace("\r\n", "\n").replace("\r", f"\r{GUTTER}"))
            self._midline = 0 if line.endswith(("\n", "\r")) else step

    def end(self, event: StepFinished) -> None:
        if event.status in ("failed", "timedout"):
            node = f" of {self._node}" if self._node else ""
            place = f"{event.position}: step {quoted(one_line(event.name))}{node} {ended_line(event)}"
            self.lines([self._style.paint(place, "red")])
        elif event.status == "success":
            self.lines([self._style.paint(f"   {duration(event.seconds)}", "dim")])
        else:
            self.lines([self._style.paint(f"   {ended_line(event)}", "yellow")])

    def _write(self, text: str) -> None:
        self._text.write(text)
        before, self._size = self._size, self._size + len(text)
        if before <= KEPT < self._size and isinstance(self._text, StringIO):
            from tempfile import TemporaryFile  # few jobs write so much

            file = TemporaryFile("w+", encoding="utf-8", errors="surrogatepass", newline="")
            file.write(self._text.getvalue())
            self._text = file

    def _fresh(self) -> str:
        broken, self._midline = self._midline, 0
        return "\n" if broken else ""
