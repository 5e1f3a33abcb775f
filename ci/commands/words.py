"""What several commands read from their words in the same way."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from ..compiler.compiled import Compiled
from ..errors import Problem, UsageError
from ..options import Options
from ..project import find_project
from ..spelling import typed


def prog(name: str) -> str:
    """The command as a user types it, for usage lines."""
    return typed(name)


def chosen_pipeline(given: argparse.Namespace) -> Options:
    """The options of a run that say which pipeline it is: parameters, branch, tag."""
    return Options(
        params=tuple(given.param),
        pipeline_parameters=given.pipeline_parameters,
        branch=given.branch,
        tag=given.tag,
    )


def compiled_choice(given: argparse.Namespace, start: Path) -> Compiled:
    """The project's config, or the file or standard input that was named instead."""
    from ..compiling import compile_file, compile_project

    project = find_project(start)
    options = chosen_pipeline(given)
    if not given.file:
        return compile_project(project, options)
    if given.file == "-":
        return compile_file(project, options, sys.stdin.buffer.read(), "stdin")
    try:
        return compile_file(project, options, Path(given.file).read_bytes(), given.file)
    except OSError as error:
        raise UsageError(Problem(f"{given.file}: {error.strerror}")) from None
