"""``orb``: what authors of orbs call ``circleci orb`` for."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path

from ..errors import PASSED
from ..options.parser import command_parser


def command(argv: Sequence[str], start: Path) -> int:
    """Print an orb's source folder as one file, as `circleci orb pack` does, offline."""
    given = command_parser("orb").parse(argv)
    from ..orbs.packing import pack_orb

    sys.stdout.write(pack_orb(given.folder))
    return PASSED
