"""What the jobs' scripts need of this machine, as the project's settings list it, looked for in the same places."""

from __future__ import annotations

import os
import re
import shutil
from collections.abc import Collection, Iterator, Mapping, Sequence
from pathlib import Path

from ..dataclass import replace
from ..options.needs import ToolNeed
from ..process import capture
from ..project.project import Project
from ..workflow.model import Job
from .check import APART, SECONDS, Check, program

_ASK = r"""
import importlib.util, os, platform, re, sys
specs = [importlib.util.find_spec(name) for name in sys.argv[1:]]
if None in specs:
    sys.exit(1)
found = None
place = os.path.join(os.path.dirname(specs[0].origin or ""), "version.py")
if os.path.isfile(place):
    with open(place) as stream:
        found = re.search("__version__[^=]*= *.([^'\"]*)", stream.read())
print(found.group(1) if found else "?", platform.python_version(), sys.prefix)
"""
"""For Python 3.6 too; no module is imported, which can take seconds."""
SYSTEM_FOLDERS = ("/usr/local/bin", "/usr/bin")
_PYTHON = re.compile(r"python3(\.\d+)?")


def job_tools(project: Project, jobs: Sequence[Job], environ: Mapping[str, str]) -> Iterator[Check]:
    """Return a check of each need that the jobs' scripts have a word of."""
    text = _job_texts(project)
    for need in project.settings.needs:
        if not any(re.search(rf"\b{re.escape(word)}\b", text) for word in need.words):
            continue
        if need.modules:
            yield from modules(need, environ, _versions(jobs, project.settings.python_from))
        else:
            yield from _tool(need, environ)


def _tool(need: ToolNeed, environ: Mapping[str, str]) -> Iterator[Check]:
    """Return the check of a program; nothing for one that is here and that jobs could install themselves."""
    path = environ.get("PATH", "")
    home = os.path.join(environ[need.home], "bin") if environ.get(need.home) else ""
    if home and os.access(os.path.join(home, need.program), os.X_OK):
        path = f"{home}{os.pathsep}{path}"
    if not need.installed_by:
        yield replace(
            program(need.program, {**environ, "PATH": path}, "warning", need.fix, need.version), name=need.name
        )
    elif not shutil.which(need.program, path=path):
        there = shutil.which(need.installed_by, path=path)
        jobs = f"jobs install it by {need.installed_by}, each time"
        text = f"not here: {jobs}" if there else f"not here, nor {need.installed_by} to install it"
        yield Check(need.name, "ok" if there else "warning", text, "" if there else need.fix)


def _versions(jobs: Sequence[Job], variable: str) -> set[str]:
    """Return the versions of Python, such as 3.6, that jobs ask for by the project's variable."""
    asked = {dict(job.environment).get(variable, "") for job in jobs} if variable else set()
    return {".".join(version.split(".")[:2]) for version in asked if "." in version}


def _job_texts(project: Project) -> str:
    files = [project.config, *sorted((project.root / ".circleci").glob("scripts/*.sh"))]
    return "\n".join(file.read_text(encoding="utf-8", errors="replace") for file in files if file.is_file())


def modules(
    need: ToolNeed, environ: Mapping[str, str], versions: Collection[str] = (), system: Sequence[str] = SYSTEM_FOLDERS
) -> Iterator[Check]:
    """Return a check with the Pythons that have the modules: of PATH, then of the ``system``'s folders.

    A further check names each version of Python that jobs ask for and that does not have them.
    """
    found: dict[str, tuple[str, str, str]] = {}
    for path in _pythons([*environ.get("PATH", "").split(os.pathsep), *system]):
        answer = capture([path, "-c", _ASK, *need.modules], APART, environ, SECONDS)
        if answer.ok and len(words := answer.stdout.split(maxsplit=2)) == 3:
            found.setdefault(words[2], (words[0], words[1], path))  # one Python has several names
    if not found:
        text = f"no Python on PATH has {need.name} (jobs that need it will fail)"
        yield Check(need.name, "warning", text, need.fix)
        return
    place = "; ".join(f"{version} of Python {python} ({path})" for version, python, path in found.values())
    yield Check(need.name, "ok", place)
    for version in sorted(set(versions) - {".".join(python.split(".")[:2]) for _, python, _ in found.values()}):
        names = " ".join(need.modules)
        fix = f"python{version} -m venv V && V/bin/pip install {names}, and PATH=V/bin:$PATH"
        text = f"no Python {version} has {need.name} (jobs that need it will fail)"
        yield Check(f"{need.name} for {version}", "warning", text, fix)


def _pythons(folders: Sequence[str]) -> Iterator[str]:
    found: set[Path] = set()
    for folder in folders:
        for path in sorted(Path(folder).glob("python3*")) if folder else ():
            if _PYTHON.fullmatch(path.name) and os.access(path, os.X_OK) and path not in found:
                found.add(path)
                yield str(path)
