"""Runs on a cluster that go on while a test does something to it."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path

from tests.projects import ROOT, Project, make_project

IMAGE = "nox-circleci/base"
LINES = 40
START_SECONDS = 60.0
"""How long a Pod may take to start on a busy machine."""
CONFIG = f"""\
    version: 2.1
    jobs:
      build:
        docker: [{{image: {IMAGE}}}]
        steps:
          - run: for i in $(seq {LINES}); do echo "line $i"; sleep 0.2; done
          - run: echo then
    workflows: {{w: {{jobs: [build]}}}}
    """


@dataclass(frozen=True)
class LongRun:
    """A run that has been started, and what it prints as JSON lines."""

    project: Project
    process: subprocess.Popen[bytes]
    printed: Path

    def events(self) -> list[dict]:
        """Return the events so far."""
        lines = self.printed.read_text(encoding="utf-8").splitlines(keepends=True)
        return [json.loads(line) for line in lines if line.startswith("{") and line.endswith("\n")]

    def output(self) -> str:
        """Return what the steps have printed so far."""
        return "".join(event["text"] for event in self.events() if event["event"] == "output")

    def end(self, timeout: float = 120) -> dict:
        """Wait for the run's end; return how its only job has ended."""
        self.process.wait(timeout)
        return next(event for event in reversed(self.events()) if event["event"] == "job.finish")


class LongRuns:
    """Starts runs; ``close`` kills those that have not ended."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._runs: list[LongRun] = []

    def start(self, environ: dict[str, str], config: str = CONFIG) -> LongRun:
        """Start a run, and return when its first step has printed something."""
        folder = self._folder / str(len(self._runs))
        project = make_project(folder / "project", config)
        words = [sys.executable, "-m", "ci", "run", "w", "--engine", "kubernetes", "--json"]
        variables = {**os.environ, "PYTHONPATH": str(ROOT), **environ}
        printed = folder / "printed"
        with open(printed, "wb") as file:
            process = subprocess.Popen(
                words, cwd=project.path, env=variables, stdin=subprocess.DEVNULL, stdout=file, stderr=file
            )
        run = LongRun(project, process, printed)
        self._runs.append(run)
        until = time.monotonic() + START_SECONDS
        while not run.output():
            assert process.poll() is None, printed.read_text()
            assert time.monotonic() < until, printed.read_text()
            time.sleep(0.05)
        return run

    def close(self) -> None:
        """Kill the runs that go on."""
        for run in self._runs:
            run.process.kill()
            run.process.wait()
