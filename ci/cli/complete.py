"""What a shell offers at its cursor: commands, options, and the names that the project's config and runs have.

The shell functions are argcomplete's, and ours behind nox's ``--``; both start this program with ``_ARGCOMPLETE`` set.
Nothing of the project is run: a config that is kept is read, any other one compiled.
"""

from __future__ import annotations

import argparse
import os
import re
import shlex
from collections.abc import Callable, Sequence

from argcomplete.completers import ChoicesCompleter, DirectoriesCompleter, FilesCompleter
from argcomplete.finders import CompletionFinder
from argcomplete.lexers import split_line

from ..options.command_list import COMMANDS
from ..options.commands import ARGUMENTS
from ..options.parser import Parser, command_parser, run_parser
from . import completers
from .config import PARTS

BEHIND_NOX = "_NOX_CIRCLECI_NOX"
"""Set by the shell function for nox: the line is one of nox's."""
_DASHES = re.compile(r"\s--(?=\s|$)")
_FILES = ("config", "env_files", "pipeline_parameters", "file")
_NOTHING = ChoicesCompleter({})
"""Offers nothing, where argcomplete would offer files."""
_FOLDERS = ("share", "folder", "source")


def complete() -> None:
    """Write what can stand at the cursor to the shell's function, and exit."""
    line, point = os.environ["COMP_LINE"], int(os.environ["COMP_POINT"])
    if os.environ.get(BEHIND_NOX):
        words = _words(line, point)
        if "--" not in words:
            return _answer(_nox_parser(), 1, options=False)
        line = _session_line(line[:point], words[: words.index("--")])
        if not line:
            return None
        os.environ.update(COMP_LINE=line, COMP_POINT=str(len(line)))
    words = _words(line, len(line) if os.environ.get(BEHIND_NOX) else point)
    if len(words) > 1 and words[1] not in COMMANDS:
        return None
    parser, used = command_line(words)
    positionals = any(not action.option_strings for action in parser._actions)
    return _answer(parser, used, options=not positionals)


def _words(line: str, point: int) -> list[str]:
    """Return the words before the cursor's, the program's first."""
    return list(split_line(line, point)[3])


def _answer(parser: argparse.ArgumentParser, used: int, options: bool) -> None:
    """Have argcomplete answer; ``used`` words come before the arguments of the parser."""
    os.environ["_ARGCOMPLETE"] = str(used)
    finder = CompletionFinder()
    finder(parser, always_complete_options="long" if options else False, default_completer=_NOTHING)


def command_line(words: Sequence[str]) -> tuple[argparse.ArgumentParser, int]:
    """Return the parser of the command in those words, and how many words come before its arguments."""
    if len(words) < 2:
        return _choice(COMMANDS), 1
    name = "orbs" if words[1] == "orb" else words[1]
    if name == "config":
        if len(words) < 3 or words[2] not in PARTS:
            return _choice({part: COMMANDS[part] for part in PARTS}), 2
        parser, used = command_line([words[0], *words[2:]])
        return parser, used + 1
    of_two = {each.partition(" ")[2]: "" for each in ARGUMENTS if each.startswith(f"{name} ")}
    if of_two and len(words) < 3:
        return _choice(of_two), 2
    if of_two and words[2] in of_two:
        return _with_completers(command_parser(f"{name} {words[2]}", description=name), words), 3
    if of_two:
        return _choice({}), 2
    return _with_completers(_parser(name), words), 2


def _choice(names: dict[str, str]) -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(add_help=bool(names))
    commands = parser.add_subparsers()
    for name, description in names.items():
        commands.add_parser(name, help=description.replace("%", "%%"), add_help=False)
    return parser


def _parser(name: str) -> Parser:
    if name in ARGUMENTS and name != "rerun":
        return command_parser(name)
    if name == "execute":
        from .execute import execute_parser

        return execute_parser()
    parser = run_parser(name)
    parser.add_argument("run" if name == "rerun" else "workflow", nargs="?")
    if name == "rerun":
        parser.add_argument("job", nargs="*")
        parser.add_argument("--all", action="store_true", help="all jobs of the run, not only what failed")
    return parser


def _with_completers(parser: Parser, words: Sequence[str]) -> Parser:
    """Give each argument of a command the names that it can have."""
    found = completers.Names(words)
    of_field: dict[str, Callable[..., object]] = {
        "workflow": found.workflows,
        "jobs": found.jobs,
        "name": found.jobs,
        "executors": found.executors,
        "approve": found.approvals,
        "params": found.parameters,
        "passes": completers.variables,
        "run": found.runs,
        "job": found.jobs if words[1] == "execute" else found.jobs_of_run,
    }
    of_field.update(dict.fromkeys(_FILES, FilesCompleter()) | dict.fromkeys(_FOLDERS, DirectoriesCompleter()))
    for action in parser._actions:
        if not action.choices:
            action.completer = of_field.get(action.dest, _NOTHING)  # type: ignore[attr-defined]
    return parser


def _nox_parser() -> argparse.ArgumentParser:
    """Return the part of nox's command line that names sessions."""
    parser = argparse.ArgumentParser(add_help=False)
    sessions = parser.add_argument("-s", "--session", "--sessions", nargs="*")
    sessions.completer = completers.Names(()).sessions  # type: ignore[attr-defined]
    return parser


def _session_line(line: str, words: Sequence[str]) -> str:
    """Return the line of ours that a session of nox stands for, with what was typed behind nox's dashes.

    It is empty for a session that is not ours.
    """
    behind = line[_DASHES.search(line).end() :]  # type: ignore[union-attr]
    known = completers.Names(()).arguments()
    named = [word.partition("=")[2] if word.startswith("--session") and "=" in word else word for word in words]
    arguments = next((known[name] for name in named[1:] if name in known), ())
    return f"nox-circleci {shlex.join(arguments)}{behind}" if arguments else ""
