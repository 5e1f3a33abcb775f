"""``orb``: the name that ``circleci`` has for ``orbs``."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from .orbs import run_part


def command(argv: Sequence[str], start: Path) -> int:
    """Run a command of ``orbs``."""
    return run_part("orb", argv, start)
