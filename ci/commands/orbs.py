"""``orbs``: the orbs that a config uses, brought to this machine."""

from __future__ import annotations

import os
import time
from collections.abc import Sequence
from pathlib import Path

from ..options import Options, Parser
from ..orbs.local import FOLDER, LocalOrbs
from ..project import find_project, read_config
from .status import PASSED
from .words import prog

TOKEN = "CIRCLECI_CLI_TOKEN"
HOST = "CIRCLECI_CLI_HOST"


def command(argv: Sequence[str], start: Path) -> int:
    """Fetch the orbs that the config uses, theirs too, into .circleci/orbs: once, then everything works offline."""
    parser = Parser(prog=prog("orbs"), allow_abbrev=False, description=command.__doc__)
    parser.add_argument("what", choices=("fetch",), help="fetch what is missing")
    parser.add_argument("--update", action="store_true", help="fetch newer ones for @1, @1.2, @volatile and @dev: too")
    parser.add_argument("--user", action="store_true", help="into ~/.circleci/orbs, for all your projects")
    given = parser.parse(argv)
    from ..compiler.compile import compile_config
    from ..compiling import pipeline_values
    from ..orbs.registry import HOST as CIRCLECI
    from ..orbs.registry import Registry, fetch_orbs

    project = find_project(start)
    text = read_config(project)
    values = pipeline_values(project, Options())
    host = os.environ.get(HOST, CIRCLECI).rstrip("/")
    fetched = fetch_orbs(
        lambda orbs: compile_config(text, project.config_name, values, orbs, clock=time.monotonic),
        LocalOrbs(project.root),
        Registry(host, os.environ.get(TOKEN, "")),
        (Path.home() if given.user else project.root) / FOLDER,
        update=given.update,
    )
    for each in fetched:
        print(f"{each.reference}: {each.resolved} is at {_shown(each.path, project.root)}")
    if not fetched:
        print("nothing to fetch: every orb of the config is here")
    return PASSED


def _shown(path: Path, root: Path) -> str:
    return str(path.relative_to(root) if path.is_relative_to(root) else path)
