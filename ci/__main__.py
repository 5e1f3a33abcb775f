"""``python -m ci``: the commands without nox."""

from __future__ import annotations

import sys

INTERRUPTED = 130


def program() -> None:
    """The installed program ``nox-circleci``."""
    try:
        from .commands import main

        status = main(sys.argv[1:])
    except KeyboardInterrupt:  # so early that no command could take it
        status = INTERRUPTED
    except RuntimeError as error:  # in which older Pythons wrap it where it comes while a class is made
        if not isinstance(error.__cause__, KeyboardInterrupt):
            raise
        status = INTERRUPTED
    sys.exit(status)


if __name__ == "__main__":
    program()
