"""The pager: a program that shows a long text on the terminal."""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence

from .. import process

Write = Callable[[bytes], object]
LESS = "FRX"
"""The options of ``less`` without a LESS variable: ends at once on one screen, shows colours, leaves the text there."""
LONGEST_SCREEN = 1000
"""Lines that no screen shows at once."""


def pager_words(environ: Mapping[str, str], terminal: bool, at_end: bool = False) -> list[str]:
    """Return the command of the pager; nothing if the text is printed: no terminal, no pager, or it is ``cat``.

    ``at_end``: a pager that the user has not named shows the text's end first.
    """
    if not terminal:
        return []
    named = environ.get("PAGER")
    if named is not None:
        return ["sh", "-c", named] if named.strip() not in ("", "cat") else []
    known = {"less": ["less", *(["+G"] if at_end else [])], "more": ["more"]}
    return next((words for name, words in known.items() if shutil.which(name, path=environ.get("PATH"))), [])


def fits_screen(lines: Sequence[bytes]) -> bool:
    """Return whether the terminal shows all of these lines at once, with a line left for the prompt."""
    columns, rows = shutil.get_terminal_size()
    taken = (max(1, -(-len(line.rstrip(b"\r\n").expandtabs()) // columns)) for line in lines)
    return len(lines) < LONGEST_SCREEN and sum(taken) < rows


@contextlib.contextmanager
def paged(at_end: bool = False) -> Iterator[Write]:
    """Open what shows a text on standard output: a pager on a terminal. Whoever leaves it has seen enough."""
    words = pager_words(os.environ, sys.stdout.isatty() and sys.stdin.isatty(), at_end)
    sys.stdout.flush()
    try:
        pager = process.start_attached(words, {"LESS": LESS, **os.environ}) if words else None
    except OSError as error:
        print(f"{words[0]}: {error.strerror}", file=sys.stderr)
        pager = None
    if pager is None or pager.stdin is None:
        yield sys.stdout.buffer.write
        sys.stdout.buffer.flush()
        return
    with _interrupted_by_pager():
        try:
            yield pager.stdin.write
        except BrokenPipeError:
            pass
        finally:
            with contextlib.suppress(BrokenPipeError):
                pager.stdin.close()
            pager.wait()


@contextlib.contextmanager
def _interrupted_by_pager() -> Iterator[None]:
    """Leave Ctrl-C to the pager; do nothing in a thread other than the main one."""
    try:
        before = signal.signal(signal.SIGINT, signal.SIG_IGN)
    except ValueError:
        yield
        return
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)
