"""Lines on standard output, whatever is in them: a terminal obeys none of their control characters."""

from __future__ import annotations

import sys

from ..escapes import visible_name


def show(line: object, flush: bool = False) -> None:
    """Print one line, with its control characters as escapes, in one write: others may write there too."""
    sys.stdout.write(f"{visible_name(str(line))}\n")
    if flush:
        sys.stdout.flush()


def show_text(text: str) -> None:
    """Print a text that is fit for a screen; what the stream's encoding does not have becomes ``?``."""
    encoding = sys.stdout.encoding or "utf-8"
    print(text.encode(encoding, "replace").decode(encoding))
