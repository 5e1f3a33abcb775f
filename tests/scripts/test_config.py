"""The repository's own config: valid for CircleCI, with the workflows and jobs that are promised."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

import jsonschema
import pytest
import yaml

ROOT = Path(__file__).parents[2]
SCRIPTS = ROOT / ".circleci" / "scripts"
SCHEMA = ROOT.parent / "shared" / "data" / "circleci-config-schema.json"


@pytest.fixture(scope="module")
def config() -> dict[str, Any]:
    loaded: dict[str, Any] = yaml.safe_load((ROOT / ".circleci" / "config.yml").read_text())
    return loaded


@pytest.mark.shared
@pytest.mark.skipif(not SCHEMA.exists(), reason="CircleCI's schema is not beside this checkout")
def test_it_is_valid_by_circlecis_own_schema(config: dict[str, Any]) -> None:
    schema = json.loads(SCHEMA.read_text())
    jsonschema.validators.validator_for(schema)(schema).validate(config)


def entries(config: dict[str, Any], workflow: str) -> dict[str, dict[str, Any]]:
    """job -> its entry in the workflow"""
    return {job: entry for one in config["workflows"][workflow]["jobs"] for job, entry in one.items()}


@pytest.mark.parametrize(
    ("workflow", "jobs"),
    [
        ("smoke", ["build", "modelarchiver", "python-tests"]),
        ("nightly", ["build", "modelarchiver", "python-tests", "api-tests"]),
        ("weekly", ["build", "benchmark"]),
    ],
)
def test_each_workflow_has_its_jobs_on_both_executors(config: dict[str, Any], workflow: str, jobs: list[str]) -> None:
    found = entries(config, workflow)
    assert list(found) == jobs
    for job, entry in found.items():
        assert entry["name"] == f"{job}-<< matrix.executor >>"
        assert entry["matrix"] == {"parameters": {"executor": ["py36", "py3"]}}


@pytest.mark.parametrize("workflow", ["smoke", "nightly", "weekly"])
def test_what_uses_the_built_wheels_requires_the_build_of_its_executor(config: dict[str, Any], workflow: str) -> None:
    for job, entry in entries(config, workflow).items():
        parents = [] if job in ("build", "modelarchiver") else ["build-<< matrix.executor >>"]
        assert entry.get("requires", []) == parents
        attaches = any("attach_workspace" in step for step in config["jobs"][job]["steps"] if isinstance(step, dict))
        assert attaches == bool(parents)


@pytest.mark.parametrize(("workflow", "cron"), [("nightly", r"\d+ \d+ \* \* \*"), ("weekly", r"\d+ \d+ \* \* [0-6]")])
def test_nightly_runs_daily_and_weekly_weekly(config: dict[str, Any], workflow: str, cron: str) -> None:
    (trigger,) = config["workflows"][workflow]["triggers"]
    assert re.fullmatch(cron, trigger["schedule"]["cron"])


def test_each_executor_names_its_python_and_its_release(config: dict[str, Any]) -> None:
    assert {
        name: (executor["environment"], executor["docker"][0]["image"])
        for name, executor in config["executors"].items()
    } == {
        "py36": ({"PYTHON_VERSION": "3.6", "TORCHSERVE_RELEASE": "0.1.1"}, "prashantsail/pytorch-serve-build"),
        "py3": ({"PYTHON_VERSION": "3", "TORCHSERVE_RELEASE": "0.12.0"}, "nox-circleci/torchserve-build:1"),
    }


def scripts_of(config: dict[str, Any]) -> set[str]:
    """The first word of every command that a step of the config runs, parameters filled in."""
    definitions = [*config["jobs"].values(), *config["commands"].values()]
    steps = [step for one in definitions for step in one["steps"] if isinstance(step, dict)]
    run = config["commands"]["run-script"]["steps"][0]["run"]["command"]
    found = [
        run.replace("<< parameters.script >>", step["run-script"]["script"]) for step in steps if "run-script" in step
    ]
    found += [step["run"]["command"] for step in steps if "run" in step and step["run"]["command"] != run]
    return {command.split()[0] for command in found}


def test_each_step_that_does_work_is_a_script_that_can_be_run(config: dict[str, Any]) -> None:
    jobs = sorted(path.name for path in SCRIPTS.glob("*.sh") if not path.name.endswith("lib.sh"))
    assert sorted(scripts_of(config)) == [f".circleci/scripts/{name}" for name in jobs]
    assert all(os.access(SCRIPTS / name, os.X_OK) for name in jobs)


def test_every_collection_runs_even_when_one_fails(config: dict[str, Any]) -> None:
    steps = config["jobs"]["api-tests"]["steps"]
    assert [step["run-collection"]["collection"] for step in steps if "run-collection" in step] == [
        "management",
        "inference",
        "https",
    ]
    assert config["commands"]["run-collection"]["steps"][0]["run"]["when"] == "always"


@pytest.mark.parametrize("script", sorted(path.name for path in SCRIPTS.glob("*.sh")))
def test_a_script_is_clean_by_shellcheck_and_stops_at_errors(script: str) -> None:
    shellcheck = shutil.which("shellcheck")
    assert shellcheck, "shellcheck is not installed: it is in the dependency group dev"
    subprocess.run([shellcheck, "-x", "-P", ROOT, SCRIPTS / script], check=True)
    if not script.endswith("lib.sh"):
        assert "\nset -euo pipefail\n" in (SCRIPTS / script).read_text()
