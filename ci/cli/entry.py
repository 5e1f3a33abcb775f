"""How every way into the package ends: by an exit status, whatever happens while it is loaded or runs."""

from __future__ import annotations

import gc
import os
import sys

TYPE_CHECKING = False
if TYPE_CHECKING:  # nothing is imported here: Ctrl-C meets no import outside of ``status_of``
    from collections.abc import Callable, Sequence
    from pathlib import Path
    from typing import NoReturn

INTERRUPTED = 130
COLLECTED = 60_000
"""Objects from which the cyclic collector looks for garbage: more than the imports of a run and one small job make."""


def end(call: Callable[[Sequence[str]], int]) -> NoReturn:
    """Exit with the status of ``call``, which gets the command line; or answer a shell that completes one."""
    if "_ARGCOMPLETE" in os.environ and "COMP_LINE" in os.environ:
        sys.exit(status_of(_complete, ()))
    sys.exit(status_of(call, sys.argv[1:]))


def status_of(call: Callable[[Sequence[str]], int], argv: Sequence[str], folder: Path | None = None) -> int:
    """Return the status of ``call``; report an error that no command has caught, with its log near ``folder``."""
    usual = gc.get_threshold()
    gc.set_threshold(max(COLLECTED, usual[0]) if usual[0] else 0, *usual[1:])
    try:
        from pathlib import Path

        from ..doctor.crash_log import guarded

        return guarded(lambda: call(argv), argv, folder or Path())
    except KeyboardInterrupt:  # so early or so late that no command could catch it
        print("interrupted", file=sys.stderr)
        return INTERRUPTED
    finally:
        gc.freeze()  # else the interpreter's own end, which mostly follows, looks through all of it several times
        gc.set_threshold(*usual)


def _complete(argv: Sequence[str]) -> int:
    from .complete import complete

    complete()
    return 1
