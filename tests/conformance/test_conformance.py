"""CircleCI's rules for running jobs, each shown by a small project whose steps check the behaviour themselves.

The projects are in ``cases/``, a file a topic, each with the page of https://circleci.com/docs/ that its rule comes
from. Every one runs unchanged on every engine, and on
``host`` with a view of the job's own where this machine allows it, and in folders. The keys of a case:

- ``rule``, ``page``: what it shows, and where that is written;
- ``config``: the project's config, where ``IMAGE`` stands for the tests' image; or ``job``: the keys of its only job
  ``build`` besides the executor;
- ``files``: committed files; ``contexts``: files of contexts, which git ignores;
- ``before``, ``after``: shell in the project's folder, before and after the runs; ``$RUN`` is the last run's folder;
- ``runs``: the options of each run, one run without options where it is left out; ``environ``: the user's variables;
- ``jobs``: how each job of the last run ends, success where it is left out, as in the runs before;
- ``status``: the exit status of the last run, where it is not the one that follows from the jobs;
- ``says``, ``never``: what a line of the last run's console has in it, what none has.
"""

from __future__ import annotations

import json
import os
import subprocess
import textwrap
from pathlib import Path

import pytest
import yaml

from tests.engine_params import ENGINES
from tests.projects import Project, Result, make_project

CASES = Path(__file__).with_name("cases")
IMAGE = "nox-circleci/base"
KEYS = {"rule", "page", "config", "job", "files", "contexts", "before", "after", "runs", "environ", "jobs", "status"}
PLACES = [*ENGINES, "host in folders"]


def load() -> list[tuple[str, dict]]:
    """Every case with the name of its topic."""
    files = sorted(CASES.glob("*.yml"))
    return [(file.stem, case) for file in files for case in yaml.safe_load(file.read_text(encoding="utf-8"))]


def config_of(case: dict) -> str:
    """The project's whole config."""
    if "config" in case:
        text = case["config"]
    else:
        keys = textwrap.indent(case["job"], "    ")
        text = f"version: 2.1\njobs:\n  build:\n    docker: [{{image: IMAGE}}]\n{keys}\n"
    return text.replace("IMAGE", IMAGE)


def make(case: dict, folder: Path) -> Project:
    """The case's project, committed, in the state in which it is to run."""
    files = {".gitignore": ".circleci/contexts\n", **case.get("files", {})}
    project = make_project(folder, config_of(case), **files)
    for name, text in case.get("contexts", {}).items():
        project.write(f".circleci/contexts/{name}.env", text).chmod(0o600)
    return project


def shell(project: Project, script: str, **environ: str) -> None:
    """Run a case's own script in the project's folder; it must pass."""
    identity = {f"GIT_{who}_{what}": "test@x" for who in ("AUTHOR", "COMMITTER") for what in ("NAME", "EMAIL")}
    variables = {**os.environ, **identity, **environ}
    done = subprocess.run(
        ["bash", "-euxo", "pipefail", "-c", script], cwd=project.path, env=variables, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stdout + done.stderr


def run(project: Project, engine: str, options: list[str], environ: dict[str, str]) -> Result:
    """One run of the project's first workflow by the command line."""
    workflows = yaml.safe_load((project.path / ".circleci/config.yml").read_text()).get("workflows") or {"workflow": {}}
    name = next(name for name in workflows if name != "version")
    isolation = ["--isolation", "folder"] if engine == "host in folders" else []
    return project.ci("run", name, "--engine", engine.split()[0], *isolation, *options, **environ)


def last_run(project: Project) -> Path:
    """The folder of the last run."""
    return max((project.path / ".nox/ci/runs").glob("2*"), key=lambda path: path.stat().st_mtime_ns)


def ended(folder: Path) -> dict[str, str]:
    """How each job of a run ended, the last time that it ran."""
    events = map(json.loads, (folder / "events.jsonl").read_text(encoding="utf-8").splitlines())
    return {event["job"]: event["status"] for event in events if event["event"] == "job.finish"}


def expected_status(jobs: dict[str, str]) -> int:
    """The exit status that follows from how the jobs ended."""
    bad = {"failed", "timedout", "canceled"}
    return 1 if bad & set(jobs.values()) else 0


@pytest.mark.parametrize("engine", PLACES)
@pytest.mark.parametrize(
    "case", [pytest.param(case, id=f"{topic}: {case['rule']}") for topic, case in load()]
)  # fmt: skip
def test_a_rule_of_circleci_holds(case, engine, tmp_path):
    project = make(case, tmp_path / "project")
    shell(project, case.get("before", ":"))
    environ = {"HOME": str(tmp_path), **case.get("environ", {})}
    runs = case.get("runs", [[]])
    for options in runs[:-1]:
        done = run(project, engine, options, environ)
        assert done.status == 0, done.stdout + done.stderr
    done = run(project, engine, runs[-1], environ)
    shown = done.stdout + done.stderr
    if (project.path / ".nox/ci/runs").exists():
        jobs = ended(last_run(project))
        assert jobs == case.get("jobs", dict.fromkeys(jobs, "success")), shown
        assert jobs or case.get("jobs") == {}, shown
    assert done.status == case.get("status", expected_status(case.get("jobs", {}))), shown
    for line in case.get("says", ()):
        assert line in shown
    for line in case.get("never", ()):
        assert line not in shown
    if "after" in case:
        shell(project, case["after"], RUN=str(last_run(project)))


def test_every_case_is_whole_and_there_are_a_hundred():
    cases = [case for _, case in load()]
    assert len(cases) >= 100
    for case in cases:
        assert set(case) <= KEYS | {"says", "never"}, case["rule"]
        assert {"rule", "page"} <= set(case)
        assert ("config" in case) != ("job" in case), case["rule"]
    rules = [case["rule"] for case in cases]
    assert len(set(rules)) == len(rules)
