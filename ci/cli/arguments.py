"""What several commands read from their words in the same way."""

from __future__ import annotations

import argparse
import os
from pathlib import Path

from ..compiler.compiled import Compiled
from ..errors import Problem, UsageError
from ..options.parser import Options, Parser, chosen_compiler
from ..project.project import Project, find_project, read_input
from ..spelling import typed


def prog(name: str) -> str:
    """The command as a user types it, for usage lines."""
    return typed(name)


def next_option(parser: Parser) -> None:
    """The option of CircleCI's own command line for its compiler before it became the current one."""
    parser.add_argument(
        "-n", "--next", dest="compiler", action="store_const", const="current", help="the same as --compiler current"
    )


def chosen_pipeline(given: argparse.Namespace, project: Project) -> Options:
    """The options of a run that say which pipeline it is: parameters, branch, tag, compiler."""
    return Options(
        params=tuple(given.param),
        pipeline_parameters=given.pipeline_parameters,
        branch=given.branch,
        tag=given.tag,
        compiler=chosen_compiler(given.compiler, project.settings, os.environ),
    )


def compiled_choice(given: argparse.Namespace, start: Path) -> Compiled:
    """The project's config, or the file or standard input that was named instead, as CircleCI would take it."""
    from ..pipeline.compile_project import compile_file, compile_project

    project = find_project(start, config=given.config)
    options = chosen_pipeline(given, project)
    if given.file and given.config:
        raise UsageError(Problem(f"both {given.file} and --config {given.config} are named", None, "Name one config."))
    if not given.file:
        return compile_project(project, options, refuse=True)
    name = "stdin" if given.file == "-" else given.file
    return compile_file(project, options, read_input(given.file), name, refuse=True)
