"""What a job on this machine gets from it: a made environment, not the user's own."""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping

from ...runtime.job_environment import CERTIFICATES, LOCALE, PROXY, passed, terminal_type
from ...system.temporary import user_name
from ...workflow.model import Pairs
from .belongings import version_managers
from .places import Places

FALLBACK_PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
HOME_BIN = ("bin", ".local/bin")
"""Below the home: folders that are on PATH in CircleCI's images."""


def environment(
    environ: Mapping[str, str], places: Places, caches: Pairs = (), first: str = "", terminal: bool = False
) -> Pairs:
    """Return the environment that every step on this machine starts from.

    ``environ`` is the user's, ``caches`` the variables of the caches that are shared, ``first`` a folder that goes
    before all others on PATH; ``terminal`` whether the steps have one.
    """
    named = environ.get("TERM", "dumb")
    user = environ.get("USER") or environ.get("LOGNAME") or user_name()
    own = [*([first] if first else []), *(f"{places.home}/{name}" for name in HOME_BIN)]
    return (
        ("PATH", search_path(environ, own)),
        ("HOME", places.home),
        ("TMPDIR", places.temporary),
        ("USER", user),
        ("LOGNAME", user),
        ("SHELL", environ.get("SHELL", "/bin/sh")),
        ("TERM", terminal_type(named) if terminal else named),
        *passed(environ, (*LOCALE, *(name for name in environ if name.startswith("LC_")))),
        *passed(environ, (*PROXY, *CERTIFICATES)),
        *version_managers(environ),
        *caches,
    )


def search_path(environ: Mapping[str, str], first: list[str]) -> str:
    """Return the user's PATH: absolute folders only, without the virtualenv that runs nox, where no job installs."""
    own = {f"{environ['VIRTUAL_ENV']}/bin"} if environ.get("VIRTUAL_ENV") else set()
    if sys.prefix != sys.base_prefix:
        own.add(f"{sys.prefix}/bin")
    folders = (environ.get("PATH") or FALLBACK_PATH).split(os.pathsep)
    kept = [each for each in folders if os.path.isabs(each) and each not in own]
    return os.pathsep.join([*first, *kept])
