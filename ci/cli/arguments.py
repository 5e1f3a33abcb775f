"""Arguments that several commands read in the same way."""

from __future__ import annotations

import os
from pathlib import Path

from ..errors import Problem, UsageError
from ..options.given import chosen_options
from ..project.project import find_project, read_input
from ..system.command_names import usage_name

TYPE_CHECKING = False
if TYPE_CHECKING:  # a run needs neither
    import argparse

    from ..compiler.compiled import Compiled


def prog(name: str) -> str:
    """Return the command as a user types it, for usage lines."""
    return usage_name(name)


def compiled_choice(given: argparse.Namespace, start: Path, command: str) -> Compiled:
    """Return the project's config, or the file or standard input that was named instead, as CircleCI would take it."""
    from ..pipeline.compile_project import compile_file, compile_project

    project = find_project(start, config=given.config or "")
    options = chosen_options(given, project.settings, os.environ, command)
    if given.file and given.config:
        raise UsageError(Problem(f"both {given.file} and --config {given.config} are named", None, "Name one config."))
    if not given.file:
        return compile_project(project, options, refuse=True)
    name = "stdin" if given.file == "-" else given.file
    return compile_file(project, options, read_input(given.file), name, refuse=True)
