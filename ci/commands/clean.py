"""``clean``: remove what runs left."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from ..options import Parser
from ..project import find_project
from .status import PASSED
from .words import prog


def command(argv: Sequence[str], start: Path) -> int:
    """Remove caches, old runs and what killed runs left; says how much that freed."""
    parser = Parser(prog=prog("clean"), allow_abbrev=False, description=command.__doc__)
    parser.add_argument("what", nargs="*", choices=("runs", "cache", "all"), default="all", help="what to remove")
    given = parser.parse(argv)
    from ..run.cleaning import clean

    chosen = set(given.what if isinstance(given.what, list) else [given.what])
    for line in clean(find_project(start).state, chosen or {"all"}):
        print(line)
    return PASSED
