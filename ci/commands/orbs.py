"""``orbs``: the orbs that a config uses, brought to this machine."""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path

from ..errors import Problem, UsageError
from ..escapes import visible_name
from ..options import Options, Parser
from ..orbs.local import FOLDER, LocalOrbs
from ..project import CONFIG, find_project, read_config
from ..source.choices import choices
from .screen import show
from .status import PASSED
from .words import prog

TOKEN = "CIRCLECI_CLI_TOKEN"
HOST = "CIRCLECI_CLI_HOST"


def command(argv: Sequence[str], start: Path) -> int:
    """Bring orbs to this machine, once; then everything works offline."""
    if not argv or argv[0] in ("-h", "--help"):
        print(f"usage: {prog('orbs')} COMMAND [options]\n")
        print("\n".join(f"  {name:<7}{each.__doc__}" for name, each in COMMANDS.items()))
        return PASSED if argv else UsageError.exit_status
    if argv[0] not in COMMANDS:
        raise UsageError(Problem(f"there is no command 'orbs {argv[0]}'", None, choices(argv[0], list(COMMANDS))))
    return COMMANDS[argv[0]](argv[1:], start)


def add(argv: Sequence[str], start: Path) -> int:
    """Pack an orb from a folder, a clone or a git URL: add NAMESPACE/NAME SOURCE."""
    parser = _parser("add", add)
    parser.add_argument("orb", metavar="NAMESPACE/NAME", help="the orb, as configs name it")
    parser.add_argument("source", metavar="SOURCE", help="its folder, a clone of its repository, or a git URL")
    parser.add_argument(
        "--version", action="append", default=[], help="this version, by its tag (default: the highest), or dev:NAME"
    )
    parser.add_argument("--all-tags", action="store_true", help="every version that has a tag")
    _user_option(parser)
    given = parser.parse(argv)
    if len(given.version) + given.all_tags > 1:
        parser.error("one --version, or --all-tags")
    from ..orbs.adding import Adding

    folder = _folder(start, given.user)
    adding = Adding(given.orb, given.source, folder, _progress)
    try:
        adding.add_all() if given.all_tags else adding.add(*given.version)
    finally:
        _progress("")
    for problem in adding.problems:
        print(problem, file=sys.stderr)
    for each in adding.added:
        show(f"{each.resolved}: packed from {each.origin}, at {_shown(each.path, start)}")
    return PASSED


def fetch(argv: Sequence[str], start: Path) -> int:
    """Fetch the orbs that the config and its orbs use from CircleCI's registry."""
    parser = _parser("fetch", fetch)
    parser.add_argument("--update", action="store_true", help="fetch newer ones for @1, @1.2, @volatile and @dev: too")
    _user_option(parser)
    given = parser.parse(argv)
    from ..compiler.compile import Mode, compile_config
    from ..compiling import pipeline_values
    from ..orbs.registry import HOST as CIRCLECI
    from ..orbs.registry import Registry, fetch_orbs

    project = find_project(start)
    text = read_config(project)
    values = pipeline_values(project, Options())
    host = os.environ.get(HOST, CIRCLECI).rstrip("/")
    fetched = fetch_orbs(
        lambda orbs: compile_config(text, project.config_name, values, orbs, mode=Mode(time.monotonic)),
        LocalOrbs(project.root),
        Registry(host, os.environ.get(TOKEN, "")),
        (Path.home() if given.user else project.root) / FOLDER,
        update=given.update,
    )
    for each in fetched:
        show(f"{each.reference}: {each.resolved} is at {_shown(each.path, project.root)}")
    if not fetched:
        print("nothing to fetch: every orb of the config is here")
    return PASSED


COMMANDS: dict[str, Callable[[Sequence[str], Path], int]] = {"add": add, "fetch": fetch}


def _parser(name: str, described: Callable[..., int]) -> Parser:
    return Parser(prog=prog(f"orbs {name}"), allow_abbrev=False, description=described.__doc__)


def _user_option(parser: Parser) -> None:
    parser.add_argument("--user", action="store_true", help="into ~/.circleci/orbs, for all your projects")


def _folder(start: Path, user: bool) -> Path:
    """The folder of orbs to write to: the project's, or the user's own where there is no project."""
    root = find_project(start).root
    return (root if (root / CONFIG).is_file() and not user else Path.home()) / FOLDER


def _progress(text: str) -> None:
    """Show what is being done, on a terminal: each line replaces the last one."""
    if sys.stderr.isatty():
        print(f"\r\x1b[K{visible_name(text)}", end="", file=sys.stderr, flush=True)


def _shown(path: Path, root: Path) -> str:
    return str(path.relative_to(root) if path.is_relative_to(root) else path)
