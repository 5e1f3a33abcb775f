"""What a job can see of this machine, as far as that counts: its environment, and commands that the settings name."""

from __future__ import annotations

import os
import shutil
import stat
from collections.abc import Iterator, Mapping

from ... import process
from ...runtime.job_environment import CERTIFICATES, LOCALE, PROXY, passed
from ...runtime.task import Settings
from ...system.digests import sha256
from ...workflow.job_instances import JobInstance
from ..protocol import Surroundings
from . import isolation
from .belongings import version_managers
from .environment import search_path
from .interpreters import Interpreter

SECONDS = 10.0
NO_TOOLS = "on host it needs the commands whose versions count, such as --reuse-tools python3 (setting: reuse-tools)"


class _Unknown(Exception):
    """Something that counts cannot be looked at; the text says why."""


def survey(interpreter: Interpreter | None, instance: JobInstance, settings: Settings) -> Surroundings:
    """Look at the place of a job on this machine; ``interpreter`` is the one that the job asks for."""
    job, environ = instance.job, os.environ
    if not settings.reuse_tools or job is None:
        return Surroundings({}, NO_TOOLS)
    path = search_path(environ, [])
    facts = {"engine": "host", "isolation": isolation.of_job(job, settings), "Python": str(interpreter or "")}
    facts |= {"variable PATH": path, **{f"variable {name}": value for name, value in _variables(environ)}}
    try:
        facts |= dict(_certificates(environ))
        facts |= dict(_tools(path, settings))
    except _Unknown as error:
        return Surroundings(facts, str(error))
    except OSError as error:
        return Surroundings(facts, f"this machine cannot be looked at: {error}")
    return Surroundings(facts)


def _variables(environ: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    """Yield what the environment of a job has of the user's, see ``environment.py``."""
    yield from passed(environ, ("USER", "LOGNAME", "SHELL", "TERM", *LOCALE, *PROXY, *CERTIFICATES))
    yield from passed(environ, (name for name in environ if name.startswith("LC_")))
    yield from version_managers(environ)


def _certificates(environ: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    for file in dict.fromkeys(value for _, value in passed(environ, CERTIFICATES)):
        if os.path.isfile(file):
            with open(file, "rb") as opened:
                yield f"certificates {file}", sha256(opened.read()).hex()


def _tools(path: str, settings: Settings) -> Iterator[tuple[str, str]]:
    """Yield each command with the file that it is, and a digest of what it says of its version."""
    places = {name: _place(name, path, settings) for name in dict.fromkeys(settings.reuse_tools)}
    environ = {"PATH": path, "HOME": os.environ.get("HOME", "/"), "LC_ALL": "C"}
    asked = {name: process.begin([place, "--version"], "/", environ) for name, place in places.items() if place}
    for name, place in places.items():
        if not place:
            yield f"command {name}", "not on PATH"
            continue
        answer = asked[name].result(SECONDS)
        if answer.cause != "exit":
            raise _Unknown(f"{name} --version does not end")
        real = os.path.realpath(place)
        status = os.stat(real)
        version = sha256(f"{answer.status} {answer.stdout} {answer.stderr}".encode("utf-8", "surrogateescape")).hex()
        yield f"command {name}", f"{place} {real} {status.st_size} {status.st_mtime_ns} {version}"


def _place(name: str, path: str, settings: Settings) -> str:
    """Return where a command is, empty if it is nowhere; the project's own programs are not run here to be asked."""
    if os.path.basename(name) != name or not name:
        raise _Unknown(f"reuse-tools: {name!r} is not the name of a command")
    found = shutil.which(name, os.F_OK | os.X_OK, path)
    if found is None:
        return ""
    project = os.path.realpath(settings.project)
    for place in (os.path.abspath(found), os.path.realpath(found)):
        if os.path.commonpath([project, place]) == project or not stat.S_ISREG(os.stat(place).st_mode):
            raise _Unknown(f"reuse-tools: {name} is a program of the project: {place}")
    return found
