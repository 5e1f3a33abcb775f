"""``process``: the compiled config."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path

from ..errors import PASSED
from ..options.parser import Parser, add_options
from ..options.table import table
from .arguments import compiled_choice, next_option, prog


def command(argv: Sequence[str], start: Path) -> int:
    """Print the compiled config, as CircleCI would run it, on standard output."""
    parser = Parser(prog=prog("process"), allow_abbrev=False, description=command.__doc__)
    parser.add_argument("file", nargs="?", default="", help="a config; - is standard input (default: the project's)")
    next_option(parser)
    add_options(parser, table("process"))
    given = parser.parse(argv)
    from ..compiler.emit import emit
    from ..report.problems import warn

    compiled = compiled_choice(given, start, "process")
    warn(compiled.warnings)
    sys.stdout.write(emit(compiled))
    return PASSED
