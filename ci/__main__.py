"""``python -m ci``: the commands without nox."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence


def program() -> None:
    """Run the installed program ``nox-circleci``."""
    from .cli.entry import end

    end(_main)


def _main(argv: Sequence[str]) -> int:
    from .cli.main import main

    return main(argv)


if __name__ == "__main__":
    program()
