"""How every program of the package ends: by an exit status, whatever happens while it is loaded or runs."""

from __future__ import annotations

import sys

TYPE_CHECKING = False
if TYPE_CHECKING:  # nothing is imported here, so that Ctrl-C meets no half-imported module outside of ``end``
    from collections.abc import Callable, Sequence
    from typing import NoReturn

INTERRUPTED = 130


def end(call: Callable[[Sequence[str]], int]) -> NoReturn:
    """Exit with the status of ``call``, which gets the command line; report an error that no command has caught."""
    try:
        from pathlib import Path

        from ..doctor.crash_log import guarded

        status = guarded(lambda: call(sys.argv[1:]), sys.argv[1:], Path())
    except KeyboardInterrupt:  # so early or so late that no command could catch it
        print("interrupted", file=sys.stderr)
        status = INTERRUPTED
    sys.exit(status)
