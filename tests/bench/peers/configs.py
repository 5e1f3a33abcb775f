"""A workload as each tool's own file: CircleCI's, GitHub's and GitLab's config, a noxfile, a bash script."""

from __future__ import annotations

import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import yaml

from .model import Job, Workload

WORKFLOW = "w"
NO_IMAGE = "cimg/base:stable"
"""CircleCI wants an image named; on ``host`` none is used."""


def make_project(folder: Path, workload: Workload) -> Path:
    """A git repository with all of them, that has a user and a remote like anybody's."""
    for name, text in FILES.items():
        file = folder / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text(workload), encoding="utf-8")
    git = ["git", "-C", str(folder)]
    for words in (
        ["init", "-q", "-b", "main"],
        ["config", "user.name", "Bench"],
        ["config", "user.email", "bench@example.com"],
        ["remote", "add", "origin", "https://gitlab.com/example/bench.git"],
        ["add", "."],
        ["commit", "-q", "-m", "The workload"],
    ):
        subprocess.run([*git, *words], check=True)
    return folder


def circleci(workload: Workload) -> dict[str, Any]:
    jobs = {job.name: _circleci_job(workload, job) for job in workload.jobs}
    invoked = [{job.name: {"requires": list(job.needs)}} if job.needs else job.name for job in workload.jobs]
    return {"version": 2.1, "jobs": jobs, "workflows": {WORKFLOW: {"jobs": invoked}}}


def _circleci_job(workload: Workload, job: Job) -> dict[str, Any]:
    steps: list[Any] = [{"attach_workspace": {"at": "."}}] if workload.takes(job) else []
    steps += [{"run": step} for step in job.steps]
    if job.leaves:
        steps.append({"persist_to_workspace": {"root": ".", "paths": [job.leaves]}})
    return {"docker": [{"image": workload.image or NO_IMAGE}], "steps": steps}


def github(workload: Workload) -> dict[str, Any]:
    jobs = {job.name: _github_job(workload, job) for job in workload.jobs}
    return {"name": WORKFLOW, "on": "push", "jobs": jobs}


def _github_job(workload: Workload, job: Job) -> dict[str, Any]:
    steps: list[Any] = [_action("download", each.leaves) for each in workload.takes(job)]
    steps += [{"run": step} for step in job.steps]
    steps += [_action("upload", job.leaves)] if job.leaves else []
    needs = {"needs": list(job.needs)} if job.needs else {}
    container = {"container": {"image": workload.image}} if workload.image else {}
    return {"runs-on": "ubuntu-latest", **container, **needs, "steps": steps}


def _action(verb: str, folder: str | None) -> dict[str, Any]:
    return {"uses": f"actions/{verb}-artifact@v4", "with": {"name": folder, "path": folder}}


def gitlab(workload: Workload) -> dict[str, Any]:
    image = {"image": workload.image} if workload.image else {}
    return {job.name: {**image, **_gitlab_job(job)} for job in workload.jobs}


def _gitlab_job(job: Job) -> dict[str, Any]:
    leaves = {"artifacts": {"paths": [job.leaves]}} if job.leaves else {}
    return {"needs": list(job.needs), "script": list(job.steps), **leaves}


def noxfile(workload: Workload) -> str:
    """A session for each job, a bash for each step, as one would write it by hand."""
    lines = ["import nox", "", "BASH = ('bash', '-eo', 'pipefail', '-c')", ""]
    for job in workload.jobs:
        lines += ["", f"@nox.session(venv_backend='none', requires={list(job.needs)!r})"]
        lines += [f"def {job.name}(session):", f"    '''Job {job.name}.'''"]
        lines += [f"    session.run(*BASH, {step!r}, external=True)" for step in job.steps]
        lines += [""]
    return "\n".join(lines)


def bash(workload: Workload) -> str:
    """The floor: a process for each step, a folder for each job, `cp` for what one leaves to another."""
    lines = ["set -euo pipefail", "place=$(mktemp -d)", "trap 'rm -rf \"$place\"' EXIT"]
    for job in workload.jobs:
        lines += [f"{job.name}() (", *_bash_job(workload, job), ")"]
    for wave in _waves(workload):
        lines += [" & ".join(job.name for job in wave) + (" & wait" if len(wave) > 1 else "")]
    return "\n".join(lines) + "\n"


def _bash_job(workload: Workload, job: Job) -> Iterator[str]:
    if workload.image:
        yield f"box=$(docker run -d --init {workload.image} sleep infinity)"
        yield from (f"docker exec $box bash -eo pipefail -c {_quoted(step)}" for step in job.steps)
        yield "docker rm -f $box >/dev/null"
        return
    yield f"mkdir $place/{job.name}; cd $place/{job.name}"
    yield from (f"cp -r --reflink=auto $place/{each.name}.left/. ." for each in workload.takes(job))
    yield from (f"bash -eo pipefail -c {_quoted(step)}" for step in job.steps)
    if job.leaves:
        yield f"mkdir $place/{job.name}.left; cp -r --reflink=auto {job.leaves} $place/{job.name}.left"


def _waves(workload: Workload) -> list[tuple[Job, ...]]:
    """The jobs one by one, or those at once whose needs have ended."""
    if workload.at_once == 1:
        return [(job,) for job in workload.jobs]
    waves: list[tuple[Job, ...]] = []
    ended: set[str] = set()
    while left := [job for job in workload.jobs if job.name not in ended]:
        ready = tuple(job for job in left if ended.issuperset(job.needs))[: workload.at_once]
        waves.append(ready)
        ended |= {job.name for job in ready}
    return waves


def _quoted(step: str) -> str:
    return "'" + step.replace("'", "'\\''") + "'"


def _yaml(document: dict[str, Any]) -> str:
    return str(yaml.dump(document, Dumper=yaml.CSafeDumper, sort_keys=False, width=1000))


FILES: dict[str, Callable[[Workload], str]] = {
    ".circleci/config.yml": lambda workload: _yaml(circleci(workload)),
    ".github/workflows/w.yml": lambda workload: _yaml(github(workload)),
    ".gitlab-ci.yml": lambda workload: _yaml(gitlab(workload)),
    "noxfile.py": lambda _: "import ci\nci.register(__file__)\n",
    "by_hand.py": noxfile,
    "floor.sh": bash,
    ".gitignore": lambda _: ".nox\n.gitlab-ci-local\n__pycache__\n",
}
