"""``python -m ci``: the commands without nox."""

from __future__ import annotations

import sys
from pathlib import Path

INTERRUPTED = 130


def program() -> None:
    """The installed program ``nox-circleci``."""
    try:
        from .doctor.crash_log import guarded

        status = guarded(_main, sys.argv[1:], Path())
    except KeyboardInterrupt:  # so early that no command could take it
        status = INTERRUPTED
    sys.exit(status)


def _main() -> int:
    from .cli.main import main

    return main(sys.argv[1:])


if __name__ == "__main__":
    program()
