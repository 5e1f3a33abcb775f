"""A project's sessions, made known to nox: what a noxfile calls."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from pathlib import Path

import nox

from ..cli.hints import asked_config, forgotten_dashes
from ..errors import CiError
from ..escapes import visible_name
from ..options.settings import ProjectSettings
from ..pipeline.session_list import Session, broken_sessions, config_sessions, utility_sessions
from ..project.project import Project, find_project, find_root, read_config

INTERRUPTED = 130
FAILED = 1
STARTS = ("run", "images")
"""Commands that ask for consent where they are not started by the project's own noxfile."""


def register_sessions(folder: Path) -> Callable[[str], str]:
    """Register the sessions of the project in ``folder`` (or of CI_PROJECT's) with nox.

    Returns how to call a further session of the noxfile's own: NAME, or ``ci-NAME`` where the config has taken that.

    A config that does not compile has its error printed once, and its sessions are there all the same: they fail
    with that error when they are run.
    """
    try:
        sessions = _sessions_of_option(folder) or sessions_of(find_project(folder))
    except CiError as error:
        print(error, file=sys.stderr)
        sessions = _readable(folder)
    except Exception as error:
        from ..doctor.crash_log import report

        report(error, sys.argv[1:], folder)
        sessions = ()
    names = frozenset(session.name for session in sessions)
    everything = (*sessions, *utility_sessions(names))
    for session in everything:
        _add(session, folder)
    hint = forgotten_dashes(sys.argv[1:], [session.name for session in everything])
    if hint:
        print(visible_name(hint), file=sys.stderr)
    return lambda name: f"ci-{name}" if name in names else name


def _sessions_of_option(folder: Path) -> tuple[Session, ...]:
    """Return the sessions of the config that ``--config`` names behind the dashes; none if it does not compile.

    A session of the noxfile's own may have an option of that name; one of ours reports what is wrong with the file.
    """
    config = asked_config(sys.argv[1:])
    try:
        return sessions_of(find_project(folder, config=config)) if config else ()
    except CiError:
        return ()


def sessions_of(project: Project) -> tuple[Session, ...]:
    """The sessions of a project's config, remembered from the last time where nothing has changed since.

    Raises CiError where there is no config or it does not compile.
    """
    from ..git.git_values import GitValues
    from .session_cache import remember, remembered

    text = read_config(project)
    known = remembered(project.state, text, GitValues(project.git))
    if known is not None:
        return known
    from ..pipeline.compile_project import compile_watched

    compiled, values = compile_watched(project, text)
    for problem in compiled.missing:
        print(problem, file=sys.stderr)
    sessions = config_sessions(compiled)
    if values is not None:
        remember(project.root, project.state, text, values, sessions)
    return sessions


def _readable(folder: Path) -> tuple[Session, ...]:
    from ..compiler.uncompiled import outline
    from ..git.reading import GitReading

    try:
        root = find_root(folder, os.environ)
        project = Project(root, ProjectSettings(), GitReading(root))
        text = read_config(project)
    except CiError:
        return ()
    return broken_sessions(outline(text, str(project.config)))


def _add(session: Session, folder: Path) -> None:
    decorate = nox.session(
        name=visible_name(session.name),
        venv_backend="none",
        tags=list(session.tags),
        default=False,
        allow_parallel=True,
    )
    decorate(_function(session, folder))


def _function(session: Session, folder: Path) -> Callable[[nox.Session], None]:
    def run(nox_session: nox.Session) -> None:
        from ..cli.main import main
        from ..doctor.crash_log import guarded

        started = ["--noxfile", str(folder)] if session.arguments[0] in STARTS else []
        argv = [*session.arguments, *started, *nox_session.posargs]
        leave(nox_session, guarded(lambda: main(argv, start=folder), argv, folder))

    run.__doc__ = visible_name(session.description)
    return run


def leave(session: nox.Session, status: int) -> None:
    """End a session by the exit status of its command.

    A failed job is the session's own failure, and other sessions go on; bad input and an interruption become nox's
    exit status where this is the only session that was asked for.
    """
    if status == 0:
        return
    if status == INTERRUPTED or (status != FAILED and _alone(session)):
        raise SystemExit(status)
    session.error(f"exit status {status}")


def _alone(session: nox.Session) -> bool:
    return len(session._runner.manifest) == 1  # nox tells this nowhere else
