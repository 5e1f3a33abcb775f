"""Small real projects for tests, made in a temporary folder; each is a git repository unless stated otherwise."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from textwrap import dedent

ROOT = Path(__file__).resolve().parents[1]
GIT = ["git", "-c", "user.name=Test", "-c", "user.email=test@example.com", "-c", "init.defaultBranch=main"]


@dataclass(frozen=True)
class Result:
    """A command that ended; ``events`` are the JSON lines of its standard output."""

    status: int
    stdout: str
    stderr: str

    @property
    def events(self) -> list[dict]:
        return [json.loads(line) for line in self.stdout.splitlines()]

    def jobs(self) -> dict[str, str]:
        """Each job's status, as ``run --json`` reported it."""
        return {event["job"]: event["status"] for event in self.events if event["event"] == "job.finish"}

    def output(self, job: str) -> str:
        """All that a job's steps printed."""
        return "".join(event["text"] for event in self.events if event["event"] == "output" and event["job"] == job)

    def first(self, event: str) -> dict:
        return next(each for each in self.events if each["event"] == event)

    def finish(self, job: str) -> dict:
        return next(event for event in self.events if event["event"] == "job.finish" and event["job"] == job)


@dataclass(frozen=True)
class Project:
    """A project in a folder; ``run`` and ``ci`` call the real program on it."""

    path: Path

    def write(self, name: str, text: str) -> Path:
        file = self.path / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(dedent(text), encoding="utf-8")
        return file

    def git(self, *words: str) -> str:
        return subprocess.run([*GIT, *words], cwd=self.path, check=True, capture_output=True, text=True).stdout

    def commit(self, message: str = "a commit") -> None:
        self.git("add", "-A")
        self.git("commit", "-qm", message)

    def ci(self, *words: str, timeout: float = 120, **environ: str) -> Result:
        """``python -m ci`` in this project."""
        return call([sys.executable, "-m", "ci", *words], self.path, timeout, environ)

    def run(self, *words: str, **environ: str) -> Result:
        """``python -m ci run ... --engine host --json``."""
        return self.ci("run", *words, "--engine", "host", "--json", **environ)


def call(words: list[str], folder: Path, timeout: float = 120, environ: dict[str, str] | None = None) -> Result:
    """A command of the project's, with the package of this checkout on the import path."""
    variables = {**os.environ, "PYTHONPATH": str(ROOT), "PYTHONDONTWRITEBYTECODE": "1", **(environ or {})}
    done = subprocess.run(
        words, cwd=folder, env=variables, capture_output=True, text=True, timeout=timeout, stdin=subprocess.DEVNULL
    )
    return Result(done.returncode, done.stdout, done.stderr)


def make_project(folder: Path, config: str, *, repository: bool = True, **files: str) -> Project:
    """A project of that config (its common indentation removed) and files, committed."""
    folder.mkdir(parents=True, exist_ok=True)
    project = Project(folder)
    project.write(".circleci/config.yml", config)
    for name, text in files.items():
        project.write(name, text)
    if repository:
        project.git("init", "-q")
        project.commit()
    return project
