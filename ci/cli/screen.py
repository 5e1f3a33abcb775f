"""Lines on standard output, whatever is in them: a terminal obeys none of their control characters."""

from __future__ import annotations

from ..escapes import visible_name


def show(line: object, flush: bool = False) -> None:
    """Print one line, with its control characters as escapes."""
    print(visible_name(str(line)), flush=flush)
