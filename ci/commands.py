"""The commands: each parses its words, calls one function, and turns the result into an exit status.

The noxfile's sessions and ``python -m ci`` both come here. Only this layer prints errors.
"""

from __future__ import annotations

import argparse
import json
import os
import signal
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from types import FrameType

from .compiler.compiled import Compiled
from .errors import CiError, Problem, UsageError
from .options import Options, Parser, parse_run, pipeline_options
from .project import find_project
from .source.choices import choices

PASSED, FAILED, BAD_INPUT, INTERRUPTED = 0, 1, 2, 130


def main(argv: Sequence[str], start: Path | None = None) -> int:
    """Run one command; returns the exit status: 0 passed, 1 failed, 2 bad input, 130 interrupted."""
    try:
        with _terminated_as_interrupted():
            name, rest = _split(argv)
            return COMMANDS[name](rest, start or Path.cwd())
    except CiError as error:
        print(error, file=sys.stderr)
        return error.exit_status
    except KeyboardInterrupt:
        print("interrupted", file=sys.stderr)
        return INTERRUPTED
    except BrokenPipeError:
        # Whoever read our output has gone, as in `... | head`: there is nobody to tell.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return FAILED


def _split(argv: Sequence[str]) -> tuple[str, Sequence[str]]:
    if not argv or argv[0] in ("-h", "--help", "help"):
        print(_usage())
        raise SystemExit(PASSED if argv else BAD_INPUT)
    if argv[0] not in COMMANDS:
        raise UsageError(Problem(f"there is no command {argv[0]!r}", None, choices(argv[0], COMMANDS)))
    return argv[0], argv[1:]


def _usage() -> str:
    width = max(map(len, COMMANDS))
    lines = [f"  {name:<{width}}  {(command.__doc__ or '').splitlines()[0]}" for name, command in COMMANDS.items()]
    return "\n".join(
        ["usage: python -m ci COMMAND [options]", "", *lines, "", "COMMAND --help tells a command's options."]
    )


@contextmanager
def _terminated_as_interrupted() -> Iterator[None]:
    """SIGTERM and SIGHUP end a run by the same path as Ctrl-C; other threads than the first leave them alone."""

    def interrupt(number: int, frame: FrameType | None) -> None:
        raise KeyboardInterrupt

    try:
        previous = {number: signal.signal(number, interrupt) for number in (signal.SIGTERM, signal.SIGHUP)}
    except ValueError:  # not the main thread
        yield
        return
    try:
        yield
    finally:
        for number, handler in previous.items():
            signal.signal(number, handler)


def _prog(name: str) -> str:
    return f"python -m ci {name}"


def list_command(argv: Sequence[str], start: Path) -> int:
    """List the config's workflows and jobs, as the sessions that they are in nox."""
    from .compiling import compile_project
    from .sessions import config_sessions

    parser = Parser(prog=_prog("list"), allow_abbrev=False, description=list_command.__doc__)
    parser.add_argument("--json", action="store_true", help="one JSON document")
    pipeline_options(parser)
    given = parser.parse(argv)
    sessions = config_sessions(compile_project(find_project(start), _pipeline_options(given)))
    if given.json:
        rows = [{"session": each.name, "description": each.description, "tags": each.tags} for each in sessions]
        print(json.dumps(rows, indent=2))
        return PASSED
    width = max((len(session.name) for session in sessions), default=0)
    for session in sessions:
        print(f"{session.name:<{width}}  {session.description}")
    return PASSED


def validate_command(argv: Sequence[str], start: Path) -> int:
    """Say what is wrong with a config: every error, with file, line and column."""
    parser = Parser(prog=_prog("validate"), allow_abbrev=False, description=validate_command.__doc__)
    parser.add_argument("file", nargs="?", default="", help="a config; - is standard input (default: the project's)")
    parser.add_argument("--json", action="store_true", help="one JSON document, for editors")
    pipeline_options(parser)
    given = parser.parse(argv)
    from .report.problems import problems_json
    from .workflow.load import workflows

    try:
        compiled = _compiled(given, start)
        workflows(compiled)
    except CiError as error:
        if not given.json:
            raise
        print(problems_json(error.problems, ()))
        return error.exit_status
    if given.json:
        print(problems_json((), compiled.warnings))
        return PASSED
    for warning in compiled.warnings:
        print(f"warning: {warning}", file=sys.stderr)
    print(f"{given.file or '.circleci/config.yml'} is valid.")
    return PASSED


def process_command(argv: Sequence[str], start: Path) -> int:
    """Print the compiled config, as CircleCI would run it, on standard output."""
    parser = Parser(prog=_prog("process"), allow_abbrev=False, description=process_command.__doc__)
    parser.add_argument("file", nargs="?", default="", help="a config; - is standard input (default: the project's)")
    pipeline_options(parser)
    given = parser.parse(argv)
    from .compiler.emit import emit

    compiled = _compiled(given, start)
    for warning in compiled.warnings:
        print(f"warning: {warning}", file=sys.stderr)
    sys.stdout.write(emit(compiled))
    return PASSED


def graph_command(argv: Sequence[str], start: Path) -> int:
    """Print each workflow's jobs in order, with what they require."""
    parser = Parser(prog=_prog("graph"), allow_abbrev=False, description=graph_command.__doc__)
    parser.add_argument("workflow", nargs="?", default="", help="this workflow only")
    pipeline_options(parser)
    given = parser.parse(argv)
    from .compiling import compile_project
    from .report.graph import graph_text
    from .workflow.load import workflows

    found = workflows(compile_project(find_project(start), _pipeline_options(given)))
    shown = [workflow for workflow in found if given.workflow in ("", workflow.name)]
    if not shown and given.workflow:
        names = [workflow.name for workflow in found]
        raise UsageError(Problem(f"there is no workflow {given.workflow!r}", None, choices(given.workflow, names)))
    print("\n\n".join(graph_text(workflow) for workflow in shown))
    return PASSED


def run_command(argv: Sequence[str], start: Path) -> int:
    """Run a workflow, or a job of it with its parents: run WORKFLOW [options]."""
    from .running import run_workflow

    project = find_project(start)
    workflow, rest = ("", argv) if not argv or argv[0].startswith("-") else (argv[0], argv[1:])
    options = parse_run(rest, project.settings, os.environ, _prog(f"run {workflow or 'WORKFLOW'}"))
    if not workflow:
        raise UsageError(Problem("run needs the name of a workflow", None, "`python -m ci list` lists them."))
    return run_workflow(project, workflow, options)


def clean_command(argv: Sequence[str], start: Path) -> int:
    """Remove caches, old runs and what killed runs left; says how much that freed."""
    parser = Parser(prog=_prog("clean"), allow_abbrev=False, description=clean_command.__doc__)
    parser.add_argument("what", nargs="*", choices=("runs", "cache", "all"), default="all", help="what to remove")
    given = parser.parse(argv)
    from .run.cleaning import clean

    chosen = set(given.what if isinstance(given.what, list) else [given.what])
    for line in clean(find_project(start).state, chosen or {"all"}):
        print(line)
    return PASSED


def _pipeline_options(given: argparse.Namespace) -> Options:
    return Options(
        params=tuple(given.param),
        pipeline_parameters=given.pipeline_parameters,
        branch=given.branch,
        tag=given.tag,
    )


def _compiled(given: argparse.Namespace, start: Path) -> Compiled:
    """The project's config, or the file or standard input that was named instead."""
    from .compiling import compile_file, compile_project

    project = find_project(start)
    options = _pipeline_options(given)
    if not given.file:
        return compile_project(project, options)
    if given.file == "-":
        return compile_file(project, options, sys.stdin.buffer.read(), "stdin")
    try:
        return compile_file(project, options, Path(given.file).read_bytes(), given.file)
    except OSError as error:
        raise UsageError(Problem(f"{given.file}: {error.strerror}")) from None


COMMANDS: dict[str, Callable[[Sequence[str], Path], int]] = {
    "list": list_command,
    "validate": validate_command,
    "process": process_command,
    "graph": graph_command,
    "run": run_command,
    "clean": clean_command,
}
