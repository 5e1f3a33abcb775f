"""The commands: each parses its words, calls one function, and turns the result into an exit status.

The noxfile's sessions, ``python -m ci`` and ``circleci-local`` all come here. Only this layer prints errors. A command
is the module of that name with a function ``command(argv, start)``, imported when it is asked for.
"""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from importlib import import_module
from pathlib import Path
from types import FrameType

from ..errors import BAD_INPUT, FAILED, INTERRUPTED, PASSED, CiError, Problem, UsageError
from ..options.command_list import COMMANDS
from ..system.command_names import usage_name
from .streams import discard_unread_output, let_go_of_broken_output, open_closed_streams


def main(argv: Sequence[str], start: Path | None = None) -> int:
    """Run one command; return the exit status: 0 passed, 1 failed, 2 bad input, 130 interrupted."""
    open_closed_streams()

    def call() -> int:
        folder = start or here()
        name, rest = _split(argv, folder)
        status: int = import_module(f".{name}", __package__).command(rest, folder)
        return status

    if os.environ.get("GITHUB_ACTIONS") == "true":
        from .commandless_errors import commandless_errors

        with commandless_errors():
            return caught(call)
    return caught(call)


def caught(call: Callable[[], int]) -> int:
    """Return the status of a command, or that of the error which it ended with, printed."""
    try:
        with _terminated_as_interrupted():
            status = call()
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
            Problem("the current folder no longer exists", None, "Change to a folder that exists.")
        ) from None


def _split(argv: Sequence[str], start: Path) -> tuple[str, Sequence[str]]:
    if not argv or argv[0] in ("-h", "--help", "help"):
        print(_usage())
        raise SystemExit(PASSED if argv else BAD_INPUT)
    if argv[0] == "--version":
        from ..options.parser import print_version

        raise SystemExit(print_version())
    if argv[0] not in COMMANDS:
        from .hints import meant_command

        raise UsageError(Problem(f"there is no command {argv[0]!r}", None, meant_command(argv[0], COMMANDS, start)))
    return argv[0], argv[1:]


def _usage() -> str:
    width = max(map(len, COMMANDS))
    lines = [f"  {name:<{width}}  {description}" for name, description in COMMANDS.items()]
    end = "COMMAND --help lists a command's options; --version prints this package's version."
    return "\n".join([f"usage: {usage_name('COMMAND')} [options]", "", *lines, "", end])


@contextmanager
def _terminated_as_interrupted() -> Iterator[None]:
    """Treat SIGTERM and SIGHUP like Ctrl-C; do nothing in a thread other than the main one."""

    def interrupt(number: int, frame: FrameType | None) -> None:
        discard_unread_output()
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
