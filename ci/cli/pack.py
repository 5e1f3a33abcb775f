"""``pack``: a folder of YAML files as one config."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path

from ..errors import PASSED
from ..options.parser import command_parser


def command(argv: Sequence[str], start: Path) -> int:
    """Print a folder of YAML files as one config, as `circleci config pack` does, offline."""
    given = command_parser("pack").parse(argv)
    from ..compiler.emit import dump
    from ..project.pack import pack

    sys.stdout.write(dump(pack(given.folder)))
    return PASSED
