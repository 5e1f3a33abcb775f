"""Where the time of a start and of one job goes: ``nox -s profile``, or ``python -m tests.start_profile [COMMAND]``.

Runs a command (``run w --engine host``) of a project with one job of one step several times, and prints the time that
its imports take by package, each module by the best of its runs; the slowest modules; and the spans of the job, from
the program's start to its end. The first run compiles the config, the others take what is kept.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from pathlib import Path

from .projects import ROOT, make_project

CONFIG = """
    version: 2.1
    jobs: {j: {docker: [{image: cimg/base}], steps: [run: echo hello]}}
    workflows: {w: {jobs: [j]}}
    """
COMMAND = ("run", "w", "--engine", "host")
RUNS, SHOWN = 7, 15
SPANS = {
    "run.start": "the run begins: config, plan, engine",
    "job.start": "its job begins: folder, view",
    "step.start": "its first step begins",
    "step.finish": "the step has ended: supervisor, bash",
    "job.finish": "the job has ended, and all that it started",
    "run.finish": "the run has ended",
}
"""The events that end a span, and what has been done in it."""


def main(argv: Sequence[str]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        project = make_project(Path(folder) / "project", CONFIG).path
        environ = {**os.environ, "PYTHONPATH": str(ROOT), "XDG_CACHE_HOME": f"{folder}/cache"}
        environ.pop("PYTHONDONTWRITEBYTECODE", None)
        words = [*(argv or COMMAND)]
        print(f"cold: {spans_text(spans(project, environ))}\n")
        taken = [import_times(words, project, environ) for _ in range(RUNS)]
        print(imports_text(best(taken)))
        found = [spans(project, environ) for _ in range(RUNS)]
        print(f"\nwarm: {spans_text(min(found, key=lambda each: sum(seconds for _, seconds in each)))}")


def import_times(argv: Sequence[str], folder: Path, environ: Mapping[str, str]) -> dict[str, int]:
    """The microseconds that each module of a command takes by itself."""
    words = [sys.executable, "-X", "importtime", "-m", "ci", *argv]
    done = subprocess.run(words, cwd=folder, env=environ, capture_output=True, text=True, stdin=subprocess.DEVNULL)
    lines = (
        line[len("import time:") :].split("|") for line in done.stderr.splitlines() if line.startswith("import time:")
    )
    return {name.strip(): int(own) for own, _, name in lines if own.strip().isdecimal()}


def best(taken: Sequence[Mapping[str, int]]) -> dict[str, int]:
    """The least time of each module that every run has loaded."""
    return {name: min(each[name] for each in taken) for name in taken[0] if all(name in each for each in taken)}


def imports_text(times: Mapping[str, int]) -> str:
    """The imports by package, then the slowest modules."""
    packages: dict[str, list[int]] = {}
    for name, own in times.items():
        parts = name.split(".")
        packages.setdefault(".".join(parts[:2]) if parts[0] == "ci" else parts[0], []).append(own)
    ours = [own for name, own in times.items() if name.partition(".")[0] == "ci"]
    lines = [f"imports: {sum(times.values()) / 1000:.1f} ms, {len(times)} modules"]
    lines += [f"  of ours: {sum(ours) / 1000:.1f} ms, {len(ours)} modules", "", "by package"]
    by_time = sorted(packages.items(), key=lambda each: -sum(each[1]))[:SHOWN]
    lines += [f"  {sum(each) / 1000:6.1f} ms  {len(each):3}  {name}" for name, each in by_time]
    lines += ["", "slowest modules"]
    slowest = sorted(times.items(), key=lambda each: -each[1])[:SHOWN]
    return "\n".join([*lines, *(f"  {own / 1000:6.1f} ms  {name}" for name, own in slowest)])


def spans(folder: Path, environ: Mapping[str, str]) -> list[tuple[str, float]]:
    """The seconds from each of SPANS to the next, in a run of the job; the last is the program's end."""
    words = [sys.executable, "-m", "ci", *COMMAND, "--json"]
    at = time.time()
    done = subprocess.run(words, cwd=folder, env=environ, capture_output=True, text=True, stdin=subprocess.DEVNULL)
    ended = time.time()
    if done.returncode:
        sys.exit(f"{' '.join(words)} failed ({done.returncode}):\n{done.stdout}{done.stderr}")
    moments: dict[str, float] = {}
    for event in map(json.loads, done.stdout.splitlines()):
        moments.setdefault(event["event"], event["time"])
    found = []
    for event, what in SPANS.items():
        found.append((what, moments[event] - at))
        at = moments[event]
    return [*found, ("the program has ended: reports, clean-up", ended - at)]


def spans_text(found: Sequence[tuple[str, float]]) -> str:
    """The spans, each with the time that it took."""
    total = sum(seconds for _, seconds in found)
    return "\n".join([f"one job of one step, {total * 1000:.0f} ms", *(f"  {s * 1000:6.1f} ms  {w}" for w, s in found)])


if __name__ == "__main__":
    main(sys.argv[1:])
