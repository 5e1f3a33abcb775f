"""``serve``: the endpoint that the official CLI compiles with."""

from __future__ import annotations

import os
import threading
from collections.abc import Sequence
from pathlib import Path

from ..errors import Problem, UsageError
from ..options.given import chosen_options
from ..orbs.sources import LocalOrbs
from ..project.project import find_project
from .arguments import compiling_arguments


def command(argv: Sequence[str], start: Path) -> int:
    """Compile for the official CLI, offline: circleci --host URL config process|validate. Run until Ctrl-C."""
    given = compiling_arguments("serve", argv, start)
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
