"""Lines of a picture as a terminal takes them."""

from __future__ import annotations

import io
from collections.abc import Sequence

from rich.cells import cell_len
from rich.console import Console as RichConsole
from rich.text import Text

from .style import Style


class Painter:
    """Turns styled lines into text with colours, or without any."""

    def __init__(self, style: Style) -> None:
        self._console = RichConsole(
            file=io.StringIO(),
            force_terminal=True,
            color_system="standard" if style.color else None,
            legacy_windows=False,
            highlight=False,
            markup=False,
            emoji=False,
            width=10_000,
            _environ={},
        )

    def painted(self, lines: Sequence[Text]) -> list[tuple[str, int]]:
        """Return each line with its colours, and the columns that it takes."""
        return [(self._painted(line), cell_len(line.plain)) for line in lines]

    def _painted(self, line: Text) -> str:
        with self._console.capture() as captured:
            self._console.print(line, end="", soft_wrap=True)
        return captured.get()
