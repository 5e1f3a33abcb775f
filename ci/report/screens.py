"""Where the console writes: a stream as it is, or a terminal with a block at its bottom that changes in place."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol, TextIO

LONGEST = 2**16
"""Characters of a line that has not ended which are kept back; more of them are shown as a line."""
_RESET = "\x1b[0m"
_NO_WRAP, _WRAP = "\x1b[?7l", "\x1b[?7h"


class Screen(Protocol):
    """What takes the console's text, each call after the last."""

    def write(self, text: str) -> None: ...

    def ask(self, job: str, question: str, *, shown: bool = True) -> None:
        """Show a job's question, or leave that to another (not ``shown``): the answer is typed behind it."""

    def answered(self, job: str, *, line_ended: bool = True) -> None:
        """Go on: the job's question, if there was one, has its answer, or its line has not ended."""

    def end(self) -> None:
        """Leave the text alone on the screen: from now on it is shown as it comes."""


class PlainScreen:
    """A stream that gets all text as it comes; what its encoding lacks becomes a question mark."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream

    def write(self, text: str) -> None:
        encoding = self._stream.encoding or "utf-8"
        self._stream.write(text.encode(encoding, "replace").decode(encoding))
        self._stream.flush()

    def ask(self, job: str, question: str, *, shown: bool = True) -> None:
        if shown:
            self.write(question)

    def answered(self, job: str, *, line_ended: bool = True) -> None:
        if not line_ended:
            self.write("\n")

    def end(self) -> None:
        self._stream.flush()


class LiveScreen:
    """A terminal: whole lines of text scroll away above the block, which is drawn again below them.

    Of the text's control sequences only colours are left. A question takes the place of the block until it is
    answered. The cursor stays visible: whatever ends this process, the terminal is as it was.
    """

    def __init__(self, stream: TextIO) -> None:
        self._plain = PlainScreen(stream)
        from .key_echo import KeyEcho  # most runs have no live view

        self._echo = KeyEcho(stream)
        self._rest = ""
        self._block = ""
        self._widths: tuple[int, ...] = ()
        self._columns = 0
        self._questions: dict[str, str] = {}
        """What each job asks that has the terminal; the first one's is on the last line."""
        self._ended = False

    def write(self, text: str) -> None:
        if self._ended:
            self._plain.write(text)
            return
        head, newline, self._rest = (self._rest + text).rpartition("\n")
        if not newline and len(self._rest) > LONGEST:
            head, newline, self._rest = self._rest, "\n", ""
        if newline:
            text = _colored(head + newline)
            self._draw(text + (_RESET if "\x1b" in text else ""))

    def show(self, lines: Sequence[tuple[str, int]], columns: int) -> None:
        """Draw the block: lines without their ends, each with its columns, in a window of so many columns."""
        block = "".join(f"{line}\n" for line, _ in lines)
        if self._ended or self._questions or (block == self._block and columns == self._columns):
            return
        self._echo.off()
        erased = self._erased(columns)
        self._block, self._widths, self._columns = block, tuple(width for _, width in lines), columns
        self._plain.write(f"{erased}{_NO_WRAP}{block}{_WRAP}")

    def ask(self, job: str, question: str, *, shown: bool = True) -> None:
        self._echo.on()
        erased = self._erased(self._columns)
        self._block, self._widths = "", ()
        self._questions[job] = question
        self._plain.write(f"{erased}{question if shown else ''}")

    def answered(self, job: str, *, line_ended: bool = True) -> None:
        if self._questions.pop(job, None) is not None and not line_ended:
            self._plain.write("\n")

    def end(self) -> None:
        if self._ended:
            return
        self._echo.on()
        rest = f"{_colored(self._rest)}{_RESET}\n" if self._rest else ""
        self._plain.write(f"{self._erased(self._columns)}{rest}")
        self._block, self._widths, self._rest, self._ended = "", (), "", True

    def _draw(self, text: str) -> None:
        if self._questions:
            self._plain.write(f"\r\x1b[J{text}{next(iter(self._questions.values()))}")
        elif self._block:
            self._plain.write(f"{self._erased(self._columns)}{text}{_NO_WRAP}{self._block}{_WRAP}")
        else:
            self._plain.write(text)

    def _erased(self, columns: int) -> str:
        """Return what takes the block away; a window that has become narrower has broken its lines."""
        if not self._block:
            return ""
        rows = sum(max(1, -(-width // columns)) if columns else 1 for width in self._widths)
        return f"\r\x1b[{rows}A\x1b[J"


def _colored(text: str) -> str:
    from .control_sequences import colors_only

    return colors_only(text)
