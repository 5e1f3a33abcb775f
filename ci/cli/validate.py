"""``validate``: what is wrong with a config."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from ..errors import PASSED, CiError, ConfigError
from ..options.parser import command_parser
from ..project.project import find_project
from .arguments import compiled_choice
from .screen import show


def command(argv: Sequence[str], start: Path) -> int:
    """Say what is wrong with a config: every error, with file, line and column."""
    given = command_parser("validate").parse(argv)
    if given.fix:
        from .fix import fix

        fix(given.file or given.config or "", start)
        if given.file == "-":
            return PASSED
    from ..report.problems import problems_json, refuse_warnings, warn
    from ..workflow.load_jobs import workflows

    try:
        compiled = compiled_choice(given, start, "validate")
        project = find_project(start)
        workflows(compiled.workflows, compiled.jobs, project.settings.python_from)
        found = (*compiled.warnings, *project.git.problems())
        if given.strict:
            refuse_warnings(found)
    except CiError as error:
        warnings = error.warnings if isinstance(error, ConfigError) else ()
        if not given.json:
            warn(warnings)
            raise
        print(problems_json(error.shown, warnings))
        return error.exit_status
    if given.json:
        print(problems_json((), found))
        return PASSED
    warn(found)
    count = len(found)
    counted = f", with {count} warning{'s' * (count > 1)}" if count else ""
    show(f"{given.file or find_project(start, config=given.config or '').config_name} is valid{counted}.")
    return PASSED
