"""Register a project's sessions with nox: what a noxfile calls."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import nox
import nox.registry

from ..cli.entry import status_of
from ..cli.hints import asked_config, forgotten_dashes
from ..dataclass import dataclass
from ..errors import BAD_INPUT, FAILED, INTERRUPTED, CiError, Problem, UsageError
from ..escapes import visible_name
from ..options.settings import ProjectSettings
from ..pipeline.kept_config import ConfigChoice
from ..pipeline.load_project import load_chosen
from ..pipeline.session_list import Session, broken_sessions, utility_sessions
from ..project.project import Project, find_project, find_root, read_config
from ..system.command_names import name_session
from .library_logs import quiet_libraries
from .own_sessions import beside, explain_overriding, renamed_lines

STARTS = ("run", "rerun", "shell", "images", "clean", "doctor")
"""Commands that ask for consent unless started by the project's own noxfile."""


@dataclass(frozen=True, slots=True)
class Sessions:
    """What ``register`` has registered: the names of the sessions, in the order of ``nox --list``."""

    of_config: tuple[str, ...]
    """A session for each workflow of the config and each of its jobs."""
    utilities: tuple[str, ...]
    """``validate``, ``doctor`` and the like."""

    def name(self, wanted: str) -> str:
        """Return a name for a session of the noxfile's own: ``wanted``, or ``ci-wanted`` if the config has taken it.

        A session that is defined before ``register`` needs none: it keeps its name, and the config's gets another one.
        """
        return f"ci-{wanted}" if wanted in self.of_config else wanted

    def __iter__(self) -> Iterator[str]:
        yield from self.of_config
        yield from self.utilities

    def __len__(self) -> int:
        return len(self.of_config) + len(self.utilities)

    def __contains__(self, name: object) -> bool:
        return name in self.of_config or name in self.utilities


def register_sessions(noxfile: str | Path) -> Sessions:
    """Register the sessions of the project (or of CI_PROJECT's) of a noxfile, or of the folder that holds it, with nox.

    The error of a config that does not compile is printed once, and its sessions are registered all the same: they
    fail with that error. Raise SystemExit if there is no such file or folder, or for an error of our own.
    """
    try:
        return _registered(_folder_of(Path(noxfile)))
    except KeyboardInterrupt:
        print("interrupted", file=sys.stderr)
        raise SystemExit(INTERRUPTED) from None
    except CiError as error:
        print(error, file=sys.stderr)
        raise SystemExit(BAD_INPUT) from None
    except Exception as error:
        from ..doctor.crash_log import report

        report(error, sys.argv[1:], Path())
        raise SystemExit(FAILED) from None


def _registered(folder: Path) -> Sessions:
    own = nox.registry.get()
    of_config = _sessions_for(folder)
    sessions = beside(of_config, own)
    utilities = utility_sessions((*own, *(session.name for session in sessions)))
    for session in (*sessions, *utilities):
        _add(session, folder)
    for session in (*utilities, *sessions):
        name_session(session.arguments, session.name)
    registered = Sessions(tuple(each.name for each in sessions), tuple(each.name for each in utilities))
    renamed = {was.name: now.name for was, now in zip(of_config, sessions, strict=True) if was.name != now.name}
    for line in renamed_lines(renamed, sys.argv[1:]):
        print(visible_name(line), file=sys.stderr)
    explain_overriding(registered)
    hint = forgotten_dashes(sys.argv[1:], list(registered))
    if hint:
        print(visible_name(hint), file=sys.stderr)
    return registered


def _folder_of(noxfile: Path) -> Path:
    """Return the folder of a noxfile, which may be given itself; raise UsageError if there is neither."""
    place = noxfile.resolve()
    if place.is_dir():
        return place
    if place.is_file():
        return place.parent
    hint = "Pass the noxfile's own place: register(__file__)."
    raise UsageError(Problem(f"register: there is no file or folder {str(noxfile)!r}", None, hint))


def _sessions_for(folder: Path) -> tuple[Session, ...]:
    """Return the sessions of the config; of one that does not compile, after printing why, those that it names."""
    try:
        return _sessions_of_option(folder) or sessions_of(find_project(folder))
    except CiError as error:
        print(error, file=sys.stderr)
        return _readable(folder)
    except Exception as error:
        from ..doctor.crash_log import report

        report(error, sys.argv[1:], folder)
        return ()


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
    """Return the sessions of a project's config: those that are kept if nothing has changed since.

    Raise CiError if there is no config or it does not compile.
    """
    config = load_chosen(project, ConfigChoice())
    for problem in config.missing:
        print(problem, file=sys.stderr)
    return config.sessions


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
        quiet_libraries()
        started = ["--noxfile", str(folder)] if session.arguments[0] in STARTS else []
        argv = [*session.arguments, *nox_session.posargs, *started]  # words may have to come first
        leave(nox_session, status_of(lambda words: _main(words, folder), argv, folder))

    run.__doc__ = visible_name(session.description)
    return run


def _main(argv: Sequence[str], folder: Path) -> int:
    from ..cli.main import main

    return main(argv, start=folder)


def leave(session: nox.Session, status: int) -> None:
    """End a session by the exit status of its command.

    A failed job is the session's own failure, and other sessions go on; bad input and an interruption become nox's
    exit status if this is the only session.
    """
    if status == 0:
        return
    if status == INTERRUPTED or (status != FAILED and _alone(session)):
        raise SystemExit(status)
    session.error(f"exit status {status}")


def _alone(session: nox.Session) -> bool:
    """Return whether this is the only session of nox's queue; False if this version of nox hides it."""
    # nox has no public way to its queue: this is the only private attribute of nox that the package reads
    manifest = getattr(getattr(session, "_runner", None), "manifest", ())
    return len(manifest) == 1
