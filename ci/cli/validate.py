"""``validate``: what is wrong with a config."""

from __future__ import annotations

import argparse
import os
from collections.abc import Sequence
from pathlib import Path

from ..errors import PASSED, CiError, ConfigError, Problem
from ..options.given import chosen_options
from ..project.project import find_project
from .arguments import compiled_choice, compiling_arguments
from .screen import show


def command(argv: Sequence[str], start: Path) -> int:
    """Say what is wrong with a config: every error, with file, line and column."""
    given = compiling_arguments("validate", argv, start)
    if given.fix:
        from .fix import fix

        fix(given.file or given.config or "", start)
        if given.file == "-":
            return PASSED
    try:
        found = _warnings(given, start)
    except CiError as error:
        warnings = error.warnings if isinstance(error, ConfigError) else ()
        if given.format == "text":
            _warn(warnings)
            raise
        print(_problems(given, start, error.shown, warnings))
        return error.exit_status
    if given.format == "text":
        _warn(found)
    elif found or given.format != "github":
        print(_problems(given, start, (), found))
    if given.format in ("text", "github"):
        count = len(found)
        counted = f", with {count} warning{'s' * (count > 1)}" if count else ""
        show(f"{given.file or find_project(start, config=given.config or '').config_name} is valid{counted}.")
    return PASSED


def _warnings(given: argparse.Namespace, start: Path) -> Sequence[Problem]:
    """Return the warnings of a config that is valid; raise CiError for one that is not."""
    from ..report.problems import refuse_warnings
    from ..workflow.load_jobs import workflows

    compiled = compiled_choice(given, start, "validate")
    project = find_project(start)
    workflows(compiled.workflows, compiled.jobs, project.settings.python_from)
    found = (*compiled.warnings, *project.git.problems())
    if chosen_options(given, project.settings, os.environ, "validate").strict:
        refuse_warnings(found)
    return found


def _warn(warnings: Sequence[Problem]) -> None:
    from ..report.problems import warn

    warn(warnings)


def _problems(given: argparse.Namespace, start: Path, errors: Sequence[Problem], warnings: Sequence[Problem]) -> str:
    """Return the problems in a format for programs."""
    if given.format == "json":
        from ..report.problems import problems_json

        return problems_json(errors, warnings)
    folder = str(start if given.file else _root(start))
    if given.format == "github":
        from ..report.problems import problem_annotations

        return "\n".join(problem_annotations(errors, warnings, folder))
    from ..report.sarif import sarif
    from ..report.workflow_commands import repository_path
    from ..system.version import own_version

    return sarif(errors, warnings, own_version(), lambda file: repository_path(file, folder))


def _root(start: Path) -> Path:
    try:
        return find_project(start).root
    except CiError:
        return start
