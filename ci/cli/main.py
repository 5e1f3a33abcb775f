"""The commands: each parses its words, calls one function, and turns the result into an exit status.

The noxfile's sessions and ``python -m ci`` both come here. Only this layer prints errors. A command is the module of
that name with a function ``command(argv, start)``, imported when it is asked for.
"""

from __future__ import annotations

import signal
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from importlib import import_module
from pathlib import Path
from types import FrameType

from ..errors import BAD_INPUT, FAILED, INTERRUPTED, PASSED, CiError, Problem, UsageError
from ..spelling import PROGRAM
from .streams import let_go_of_broken_output, open_closed_streams

COMMANDS = {
    "list": "List the config's workflows and jobs, as the sessions that they are in nox.",
    "validate": "Say what is wrong with a config: every error, with file, line and column.",
    "process": "Print the compiled config, as CircleCI would run it, on standard output.",
    "graph": "Print each workflow's jobs in order, with what they require.",
    "run": "Run a workflow, or a job of it with its parents: run WORKFLOW [options].",
    "trust": "Consent to what the project asks for that is yours: variables, folders, contexts, this machine.",
    "clean": "Remove caches, old runs and what killed runs left; says how much that freed.",
    "doctor": "Check everything that a run needs, and name the command that fixes what is missing.",
    "images": "Build the images that the settings name; --pull has the executors' images here.",
    "orbs": "Bring the orbs that the config uses to this machine: orbs fetch|add|export|import|list.",
    "orb": "Print an orb's source folder as one file, as `circleci orb pack` does: orb pack FOLDER.",
    "pack": "Print a folder of YAML files as one config, as `circleci config pack` does.",
    "serve": "Compile for the official CLI, offline: circleci --host URL config process|validate.",
}


def main(argv: Sequence[str], start: Path | None = None) -> int:
    """Run one command; returns the exit status: 0 passed, 1 failed, 2 bad input, 130 interrupted."""
    open_closed_streams()
    try:
        with _terminated_as_interrupted():
            folder = start or here()
            name, rest = _split(argv, folder)
            status: int = import_module(f".{name}", __package__).command(rest, folder)
            sys.stdout.flush()
            return status
    except CiError as error:
        print(error, file=sys.stderr)
        return error.exit_status
    except KeyboardInterrupt:
        print("interrupted", file=sys.stderr)
        return INTERRUPTED
    except BrokenPipeError:
        return FAILED  # whoever read our output has gone, as in `... | head`
    finally:
        let_go_of_broken_output()


def here() -> Path:
    """Return the current folder; raise UsageError if it is gone."""
    try:
        return Path.cwd()
    except FileNotFoundError:
        raise UsageError(
            Problem("the current folder does not exist any more", None, "Change to another one.")
        ) from None


def _split(argv: Sequence[str], start: Path) -> tuple[str, Sequence[str]]:
    if not argv or argv[0] in ("-h", "--help", "help"):
        print(_usage())
        raise SystemExit(PASSED if argv else BAD_INPUT)
    if argv[0] not in COMMANDS and argv[0] != "local_execute":  # circleci-local's own, see circleci_local.py
        from .hints import meant_command

        raise UsageError(Problem(f"there is no command {argv[0]!r}", None, meant_command(argv[0], COMMANDS, start)))
    return argv[0], argv[1:]


def _usage() -> str:
    width = max(map(len, COMMANDS))
    lines = [f"  {name:<{width}}  {description}" for name, description in COMMANDS.items()]
    return "\n".join(
        [f"usage: {PROGRAM} COMMAND [options]", "", *lines, "", "COMMAND --help tells a command's options."]
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
