"""Whole runs on the host engine: against plain bash, and against hand-written nox sessions."""

from __future__ import annotations

import sys
from pathlib import Path

from ci.engines.host.isolation import unavailable_reason

from .measure import Row, seconds

CI = (sys.executable, "-m", "ci")
NOX = (sys.executable, "-m", "nox")
HEAD = "version: 2.1\n"
DOCKER = "    docker: [{image: 'cimg/base:stable'}]\n"


def project(folder: Path, config: str) -> Path:
    """A project of that config in a new folder."""
    (folder / ".circleci").mkdir(parents=True)
    (folder / ".circleci" / "config.yml").write_text(config, encoding="utf-8")
    return folder


def ours(folder: Path, times: int, *options: str) -> float:
    """The seconds of a run of the workflow ``w``, less start-up: what the same words take with --dry-run."""
    words = [*CI, "run", "w", "--engine", "host", "-q", *options]
    return seconds(words, folder, times=times) - seconds([*words, "--dry-run"], folder, times=times)


def bash(folder: Path, scripts: int, times: int) -> float:
    """The seconds that bash takes for as many scripts, a process each, less that of one that does nothing."""
    for number in range(scripts):
        (folder / f"{number}.sh").write_text(f"echo step {number}\n")
    loop = "for f in *.sh; do bash -eo pipefail $f; done"
    return seconds(["bash", "-c", loop], folder, times=times) - seconds(["bash", "-c", ":"], folder, times=times)


def hand_written(folder: Path, scripts: int, times: int) -> float:
    """The seconds of a hand-written nox session that runs the same scripts, less those of listing it."""
    lines = ["import nox", "@nox.session(venv_backend='none')", "def s(session):"]
    lines += [f"    session.run('bash', '-eo', 'pipefail', '{n}.sh', external=True)" for n in range(scripts)]
    (folder / "noxfile.py").write_text("\n".join(lines) + "\n")
    run = seconds([*NOX, "-s", "s"], folder, times=times)
    return run - seconds([*NOX, "--list"], folder, times=times)


def hundred_steps(folder: Path, times: int) -> list[Row]:
    """One job with 100 steps."""
    steps = "".join(f"      - run: echo step {n}\n" for n in range(100))
    config = f"{HEAD}jobs:\n  j:\n{DOCKER}    steps:\n{steps}workflows:\n  w:\n    jobs: [j]\n"
    scripts = folder / "scripts"
    scripts.mkdir(parents=True)
    mine = ours(project(folder / "project", config), times)
    return [
        Row("one job, 100 steps", mine, bash(scripts, 100, times), 1.5, "bash"),
        Row("one job, 100 steps", mine, hand_written(scripts, 100, times), 1.0, "a hand-written nox session"),
    ]


JOB_SECONDS = 0.010
"""What a job's view of its own may cost, beside a job in a folder."""


def thirty(folder: Path) -> Path:
    """A project of 30 independent jobs of 3 steps."""
    steps = "".join(f"      - run: echo step {n}\n" for n in range(3))
    jobs = "".join(f"  j{n}:\n{DOCKER}    steps:\n{steps}" for n in range(30))
    names = ", ".join(f"j{n}" for n in range(30))
    return project(folder, f"{HEAD}jobs:\n{jobs}workflows:\n  w:\n    jobs: [{names}]\n")


def thirty_jobs(folder: Path, times: int) -> list[Row]:
    """Those jobs one after another."""
    scripts = folder / "scripts"
    scripts.mkdir(parents=True)
    mine = ours(thirty(folder / "project"), times)
    return [Row("30 jobs of 3 steps", mine, bash(scripts, 90, times), 6.0, "bash")]


def isolation(folder: Path, times: int) -> list[Row]:
    """What a view of the files of its own costs a job, if this machine allows one."""
    if unavailable_reason():
        return []
    made = thirty(folder)
    view, without = (ours(made, times, "--isolation", kind) for kind in ("namespace", "folder"))
    return [Row("a job's isolation", (view - without) / 30, JOB_SECONDS, 1.0, f"{JOB_SECONDS * 1000:.0f} ms a job")]


def diamond(folder: Path, times: int) -> list[Row]:
    """a, then b1 to b8 at once, then c, half a second each, against the 1.5 s of the critical path."""
    sleep = f"{DOCKER}    steps: [run: sleep 0.5]\n"
    names = [f"b{n}" for n in range(1, 9)]
    jobs = "".join(f"  {name}:\n{sleep}" for name in ["a", *names, "c"])
    middle = "".join(f"      - {name}: {{requires: [a]}}\n" for name in names)
    last = f"      - c: {{requires: [{', '.join(names)}]}}\n"
    config = f"{HEAD}jobs:\n{jobs}workflows:\n  w:\n    jobs:\n      - a\n{middle}{last}"
    return [
        Row("diamond, --parallel", ours(project(folder, config), times, "--parallel"), 1.5, 1.1, "its critical path")
    ]


def listing(folder: Path, times: int) -> list[Row]:
    """``nox --list`` of 300 jobs, with start-up, against 300 hand-written sessions."""
    job = f"{DOCKER}    steps: [run: 'true']\n"
    jobs = "".join(f"  j{n}:\n{job}" for n in range(300))
    names = "".join(f"      - j{n}\n" for n in range(300))
    ours_folder = project(folder / "ours", f"{HEAD}jobs:\n{jobs}workflows:\n  w:\n    jobs:\n{names}")
    (ours_folder / "noxfile.py").write_text("import ci\nci.register(__file__)\n")
    theirs_folder = folder / "theirs"
    theirs_folder.mkdir(parents=True)
    hand = "".join(f"@nox.session\ndef j{n}(session):\n    '''Job {n}.'''\n\n\n" for n in range(300))
    (theirs_folder / "noxfile.py").write_text(f"import nox\n\n\n{hand}")
    seconds([*NOX, "--list"], ours_folder, times=1)  # the first time it compiles
    mine, theirs = (seconds([*NOX, "--list"], each, times=times) for each in (ours_folder, theirs_folder))
    return [Row("nox --list, 300 jobs", mine, theirs, 1.5, "300 hand-written sessions")]


BENCHES = (hundred_steps, thirty_jobs, isolation, diamond, listing)
