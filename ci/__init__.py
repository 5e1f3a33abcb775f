"""Run a CircleCI workflow on this machine, from the config that CircleCI itself runs.

A project's noxfile needs two lines of it: ``import nox_circleci``, and ``nox_circleci.register(__file__)``.
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:  # nothing is imported here: an early Ctrl-C meets no half-imported module
    from pathlib import Path

    from .sessions.register import Sessions

    __version__: str

__all__ = ["Sessions", "__version__", "register"]

del TYPE_CHECKING


def register(noxfile: str | Path) -> Sessions:
    """Register the sessions of the project that a noxfile, or the folder that holds it, belongs to.

    Returns the sessions: iterate over them for their names, and call ``name(NAME)`` for the name of a session of the
    noxfile's own, which the config may have taken. Print what is wrong with the config; its sessions then fail with it.
    Raise SystemExit if there is no such file or folder.
    """
    from .sessions.register import register_sessions

    return register_sessions(noxfile)


def __getattr__(name: str) -> object:
    if name == "__version__":
        from .system.version import own_version

        return own_version()
    if name == "Sessions":
        from .sessions.register import Sessions

        return Sessions
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
