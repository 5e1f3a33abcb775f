"""Run a CircleCI workflow on this machine, from the config that CircleCI itself runs.

A project's noxfile needs two lines of it: ``import nox_circleci``, and ``nox_circleci.register(__file__)``.
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:  # nothing is imported here: an early Ctrl-C meets no half-imported module
    from collections.abc import Callable
    from pathlib import Path


def register(noxfile: str | Path) -> Callable[[str], str]:
    """Register the sessions of the project that a noxfile, or its folder, belongs to; see sessions/register.py."""
    from pathlib import Path

    from .sessions.register import register_sessions

    place = Path(noxfile).resolve()
    return register_sessions(place if place.is_dir() else place.parent)
