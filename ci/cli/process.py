"""``process``: the compiled config."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path

from ..errors import PASSED
from .arguments import compiled_choice, compiling_arguments


def command(argv: Sequence[str], start: Path) -> int:
    """Print the compiled config, as CircleCI would run it, on standard output."""
    given = compiling_arguments("process", argv, start)
    from ..compiler.emit import emit
    from ..report.problems import warn

    compiled = compiled_choice(given, start, "process")
    warn(compiled.warnings)
    sys.stdout.write(emit(compiled))
    return PASSED
