"""``python -m ci``: the commands without nox."""

from __future__ import annotations

import sys

from .commands import main


def program() -> None:
    """The installed program ``nox-circleci``."""
    sys.exit(main(sys.argv[1:]))


if __name__ == "__main__":
    program()
