"""``orb``: what authors of orbs call ``circleci orb`` for."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path

from ..errors import PASSED
from ..options.parser import Parser
from .arguments import prog


def command(argv: Sequence[str], start: Path) -> int:
    """Print an orb's source folder as one file, as `circleci orb pack` does, offline."""
    parser = Parser(prog=prog("orb"), allow_abbrev=False, description=command.__doc__)
    parser.add_argument("what", choices=("pack",), help="pack the folder")
    parser.add_argument("folder", type=Path, help="the folder that has @orb.yml")
    given = parser.parse(argv)
    from ..orbs.packing import pack_orb

    sys.stdout.write(pack_orb(given.folder))
    return PASSED
