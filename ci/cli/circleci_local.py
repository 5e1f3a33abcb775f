"""``circleci-local``: the same commands, under the name by which a 1.x CLI runs them as ``circleci local``."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence


def program() -> None:
    """Run the installed program ``circleci-local``."""
    from .entry import end

    end(local)


def local(argv: Sequence[str]) -> int:
    """Run one command and return its exit status; refuse all if our own probe of a 1.x CLI asks."""
    import os

    from ..engines.circleci.probe import PROBING
    from ..errors import BAD_INPUT
    from .main import main

    return BAD_INPUT if os.environ.get(PROBING) else main(argv)
