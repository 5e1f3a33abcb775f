"""What a job on this machine gets from it: a made environment, not the user's own."""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping
from pathlib import Path

from ...runtime.environment import CERTIFICATES, LOCALE, PROXY, passed
from ...runtime.owner import user_name
from ...workflow.model import Pairs

FALLBACK_PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"


def environment(environ: Mapping[str, str], home: str, temporary: str, first: str = "") -> Pairs:
    """The environment that every step on this machine starts from.

    ``environ`` is the user's, ``home`` and ``temporary`` the job's own folders, ``first`` a folder that goes before
    all others on PATH.
    """
    user = environ.get("USER") or environ.get("LOGNAME") or user_name()
    return (
        ("PATH", search_path(environ, first)),
        ("HOME", home),
        ("TMPDIR", temporary),
        ("USER", user),
        ("LOGNAME", user),
        ("SHELL", environ.get("SHELL", "/bin/sh")),
        ("TERM", environ.get("TERM", "dumb")),
        *passed(environ, (*LOCALE, *(name for name in environ if name.startswith("LC_")))),
        *passed(environ, (*PROXY, *CERTIFICATES)),
        *caches(environ, Path(environ.get("HOME") or Path.home())),
    )


def search_path(environ: Mapping[str, str], first: str = "") -> str:
    """The user's PATH, absolute folders only, without the virtualenv that runs nox: jobs do not install into that."""
    own = {f"{environ['VIRTUAL_ENV']}/bin"} if environ.get("VIRTUAL_ENV") else set()
    if sys.prefix != sys.base_prefix:
        own.add(f"{sys.prefix}/bin")
    folders = (environ.get("PATH") or FALLBACK_PATH).split(os.pathsep)
    kept = [each for each in folders if os.path.isabs(each) and each not in own]
    return os.pathsep.join([*([first] if first else []), *kept])


def caches(environ: Mapping[str, str], home: Path) -> Pairs:
    """The user's cache folders, by the variables of the tools themselves."""
    cache = Path(environ.get("XDG_CACHE_HOME") or home / ".cache")
    places = {
        "PIP_CACHE_DIR": home / "Library/Caches/pip" if sys.platform == "darwin" else cache / "pip",
        "UV_CACHE_DIR": cache / "uv",
        "npm_config_cache": home / ".npm",
        "GRADLE_USER_HOME": home / ".gradle",
    }
    repository = home / ".m2" / "repository"
    maven = f"-Dmaven.repo.local={repository}"
    options = environ.get("MAVEN_OPTS") or ("" if " " in maven else maven)  # it is split at blanks
    return (
        *((name, environ.get(name) or str(place)) for name, place in places.items()),
        *((("MAVEN_OPTS", options),) if options else ()),
    )
