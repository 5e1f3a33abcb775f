"""``serve``: the endpoint that the official CLI compiles with."""

from __future__ import annotations

import argparse
import os
import threading
from collections.abc import Sequence
from pathlib import Path

from ..errors import Problem, UsageError
from ..options.parser import Parser, add_options, chosen_options
from ..options.table import table
from ..orbs.sources import LocalOrbs
from ..project.project import find_project
from .arguments import prog


def command(argv: Sequence[str], start: Path) -> int:
    """Compile for the official CLI, offline: circleci --host URL config process|validate. Ends by Ctrl-C."""
    parser = Parser(prog=prog("serve"), allow_abbrev=False, description=command.__doc__)
    parser.add_argument("--port", type=_port, default=0, metavar="N", help="the port (default: a free one)")
    add_options(parser, table("serve"))
    given = parser.parse(argv)
    from ..server.compile_api import serving

    try:
        project = find_project(start)
        classic = chosen_options(given, project.settings, os.environ, "serve").compiler == "classic"
        with serving(LocalOrbs(project.root), given.port, "accepted" if classic else "refused") as server:
            print(server.url, flush=True)
            threading.Event().wait()
    except OSError as error:
        hint = "Leave --port out for a free one."
        raise UsageError(Problem(f"port {given.port}: {error.strerror}", None, hint)) from None
    return 0


def _port(text: str) -> int:
    if not text.isdecimal() or int(text) > 65535:
        raise argparse.ArgumentTypeError(f"{text!r} is not a port: 0 to 65535")
    return int(text)
