"""``circleci-local execute``: one job, with the flags of ``circleci local execute``."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path


def command(argv: Sequence[str], start: Path) -> int:
    """Run one job, with the flags of ``circleci local execute``."""
    from .circleci_local import execute

    return execute(argv, start)
