"""What the jobs' scripts need of this machine, looked for where they would look: Java, Node.js, newman, torch."""

from __future__ import annotations

import os
import re
import shutil
from collections.abc import Collection, Iterator, Mapping, Sequence
from pathlib import Path

from ..process import capture
from ..project.project import Project
from ..workflow.model import Job
from .check import SECONDS, Check, program

TOOLS = (
    ("java", r"\bjava\b|gradle|mvn", "sudo apt-get install openjdk-17-jre-headless"),
    ("keytool", r"\bkeytool\b", "sudo apt-get install openjdk-17-jre-headless"),
    ("node", r"\bnode\b|\bnpm\b|newman", "sudo apt-get install nodejs npm"),
    ("npm", r"\bnpm\b", "sudo apt-get install nodejs npm"),
)
"""Programs, what in a job's script speaks of each, and how to have it."""
OF_JAVA = ("java", "keytool")
_ASK_TORCH = r"""
import importlib.util, os, platform, re, sys
spec = importlib.util.find_spec("torch")
if spec is None or importlib.util.find_spec("torchvision") is None:
    sys.exit(1)
with open(os.path.join(os.path.dirname(spec.origin), "version.py")) as stream:
    found = re.search("__version__[^=]*= *.([^'\"]*)", stream.read())
print(found.group(1) if found else "?", platform.python_version(), sys.prefix)
"""
"""For Python 3.6 too; torch itself takes a second to load."""
SYSTEM_FOLDERS = ("/usr/local/bin", "/usr/bin")
_PYTHON = re.compile(r"python3(\.\d+)?")


def languages(project: Project, jobs: Sequence[Job], environ: Mapping[str, str]) -> Iterator[Check]:
    """What the jobs' scripts speak of, each where they would look for it."""
    text = _job_texts(project)
    home = environ.get("JAVA_HOME", "")
    if not os.access(os.path.join(home, "bin", "java"), os.X_OK):
        home = ""
    of_java = {**environ, "PATH": os.pathsep.join(filter(None, (home and f"{home}/bin", environ.get("PATH", ""))))}
    for name, spoken, mend in TOOLS:
        if re.search(spoken, text):
            yield program(name, of_java if name in OF_JAVA else environ, "warning", mend)
    if re.search(r"\bnewman\b", text) and not shutil.which("newman", path=environ.get("PATH", "")):
        there = shutil.which("npm", path=environ.get("PATH", ""))
        told = "not here: jobs install it by npm, each time" if there else "not here, nor npm to install it"
        yield Check("newman", "ok" if there else "warning", told, "" if there else "sudo apt-get install nodejs npm")
    if re.search(r"\btorch\b", text):
        yield from torch(environ, _versions(jobs, project.settings.python_from))


def _versions(jobs: Sequence[Job], variable: str) -> set[str]:
    """The versions of Python, such as 3.6, that jobs ask for by the project's variable."""
    asked = {dict(job.environment).get(variable, "") for job in jobs} if variable else set()
    return {".".join(version.split(".")[:2]) for version in asked if "." in version}


def _job_texts(project: Project) -> str:
    files = [project.config, *sorted((project.root / ".circleci").glob("scripts/*.sh"))]
    return "\n".join(file.read_text(encoding="utf-8", errors="replace") for file in files if file.is_file())


def torch(
    environ: Mapping[str, str], versions: Collection[str] = (), system: Sequence[str] = SYSTEM_FOLDERS
) -> Iterator[Check]:
    """The Pythons with torch that a script finds in PATH, then in the ``system``'s folders.

    One check says which they are; another each version of Python that jobs ask for and that has none.
    """
    found: dict[str, tuple[str, str, str]] = {}
    for path in _pythons([*environ.get("PATH", "").split(os.pathsep), *system]):
        told = capture([path, "-c", _ASK_TORCH], env=environ, timeout=SECONDS)
        if told.ok and len(words := told.stdout.split(maxsplit=2)) == 3:
            found.setdefault(words[2], (words[0], words[1], path))  # one Python has several names
    if not found:
        mend = "sudo apt-get install python3-torch python3-torchvision   (elsewhere: pip install torch torchvision)"
        yield Check("torch", "warning", "no Python of PATH or of the system has it: jobs that need it say so", mend)
        return
    place = "; ".join(f"{version} of Python {python} ({path})" for version, python, path in found.values())
    yield Check("torch", "ok", place)
    for version in sorted(set(versions) - {".".join(python.split(".")[:2]) for _, python, _ in found.values()}):
        mend = f"python{version} -m venv V && V/bin/pip install torch torchvision, and PATH=V/bin:$PATH"
        yield Check(f"torch for {version}", "warning", f"no Python {version} has it: jobs that need that say so", mend)


def _pythons(folders: Sequence[str]) -> Iterator[str]:
    found: set[Path] = set()
    for folder in folders:
        for path in sorted(Path(folder).glob("python3*")) if folder else ():
            if _PYTHON.fullmatch(path.name) and os.access(path, os.X_OK) and path not in found:
                found.add(path)
                yield str(path)
