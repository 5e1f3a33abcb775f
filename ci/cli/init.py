"""``init``: a noxfile for a project that has none."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from ..errors import PASSED, Problem, UsageError
from ..escapes import visible_name
from ..options.parser import command_parser
from ..system.command_names import nox_command

NOXFILE = '''\
"""The sessions: your own, and CircleCI's workflows and jobs. `nox --list` shows them all."""

import nox_circleci

nox_circleci.register(__file__)  # keep this at the end: sessions above it keep their names
'''


def command(argv: Sequence[str], start: Path) -> int:
    """Write the noxfile; raise UsageError if there is one."""
    command_parser("init").parse(argv)
    place = start / "noxfile.py"
    try:
        with open(place, "x", encoding="utf-8") as file:
            file.write(NOXFILE)
    except FileExistsError:
        hint = "Add two lines to it: import nox_circleci, and at its end nox_circleci.register(__file__)."
        raise UsageError(Problem(f"{place} already exists", None, hint)) from None
    print(f"{visible_name(str(place))} written: `{nox_command()} --list` shows the sessions.")
    return PASSED
