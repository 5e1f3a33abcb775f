"""Arguments that several commands read in the same way."""

from __future__ import annotations

import os
from collections.abc import Sequence
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


def leading_words(argv: Sequence[str]) -> tuple[Sequence[str], Sequence[str]]:
    """Return the words before the first option, and the rest; -1 is a word."""
    count = next((at for at, word in enumerate(argv) if word.startswith("-") and not word[1:].isdecimal()), len(argv))
    return argv[:count], argv[count:]


def compiling_arguments(command: str, argv: Sequence[str], start: Path) -> argparse.Namespace:
    """Return the arguments of a command that compiles the config; its help has what variables and files set now."""
    from ..options.parser import command_parser

    parser = command_parser(command)
    parser.set_now = lambda: _set_now(command, start)
    return parser.parse(argv)


def _set_now(command: str, start: Path) -> Sequence[str]:
    """Return where options have their values from; help is shown beside a settings file that is wrong too."""
    from ..options.help_text import set_now
    from ..options.settings import ProjectSettings
    from ..options.table import table

    try:
        settings = find_project(start).settings
    except UsageError:
        settings = ProjectSettings()
    return list(set_now(table(command), os.environ, settings))


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
