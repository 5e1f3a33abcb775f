"""One workload as each tool's own file: what runs, in which order, and what one job leaves to another."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from ...projects import ROOT, call
from . import configs
from .model import Job, Workload
from .sample import HANDED
from .workloads import WORKLOADS, diamond


@pytest.fixture
def project(tmp_path):
    return configs.make_project(tmp_path / "project", HANDED)


def lines_of(result):
    return [line.strip() for line in (result.stdout + result.stderr).splitlines()]


def test_circlecis_config_runs_here_and_hands_the_folder_over(project):
    result = call([sys.executable, "-m", "ci", "run", "w", "--engine", "host"], project)
    assert result.status == 0
    assert [line for line in lines_of(result) if line.startswith("ran ")] == ["ran 1", "ran 2"]


def test_the_floor_runs_in_bash_and_leaves_nothing_in_the_project(project):
    before = {path.name for path in project.iterdir()}
    done = subprocess.run(["bash", "floor.sh"], cwd=project, capture_output=True, text=True)
    assert (done.returncode, done.stdout) == (0, "ran 1\nran 2\n")
    assert {path.name for path in project.iterdir()} == before


def test_the_noxfile_by_hand_has_a_session_for_each_job_which_waits_for_what_it_needs(project):
    result = call([sys.executable, "-m", "nox", "-f", "by_hand.py", "-s", "take"], project)
    assert result.status == 0
    assert [line for line in lines_of(result) if line.startswith("ran ")] == ["ran 1", "ran 2"]


def test_nothing_of_the_project_is_left_out_of_its_commit(project):
    done = subprocess.run(["git", "-C", project, "status", "--short"], capture_output=True, text=True, check=True)
    assert done.stdout == ""


def test_githubs_jobs_upload_and_download_what_is_left():
    jobs = configs.github(HANDED)["jobs"]
    assert jobs["make"]["steps"][-1] == {
        "uses": "actions/upload-artifact@v4",
        "with": {"name": "out", "path": "out"},
    }
    assert jobs["take"]["needs"] == ["make"]
    assert jobs["take"]["steps"][0]["uses"] == "actions/download-artifact@v4"


def test_gitlabs_jobs_need_those_whose_artifacts_they_take_and_no_stage_before_them():
    jobs = configs.gitlab(HANDED)
    assert jobs["make"]["artifacts"] == {"paths": ["out"]}
    assert (jobs["make"]["needs"], jobs["take"]["needs"]) == ([], ["make"])
    assert jobs["take"]["script"] == list(HANDED.job("take").steps)


def test_jobs_in_containers_have_the_image_in_every_config():
    workload = Workload("W", "", (Job("j", ("true",)),), image="a/b")
    assert configs.circleci(workload)["jobs"]["j"]["docker"] == [{"image": "a/b"}]
    assert configs.github(workload)["jobs"]["j"]["container"] == {"image": "a/b"}
    assert configs.gitlab(workload)["j"]["image"] == "a/b"
    assert "docker run -d --init a/b" in configs.bash(workload)


def test_the_floor_starts_at_once_only_those_whose_needs_have_ended():
    script = configs.bash(Workload("W", "", diamond(), at_once=4)).splitlines()
    assert script[-4:] == ["a", "b1 & b2 & b3 & b4 & wait", "b5 & b6 & b7 & b8 & wait", "c"]


@pytest.mark.parametrize(
    "workload", [each for each in WORKLOADS if len(each.jobs) <= 30], ids=lambda workload: workload.key
)
def test_every_config_has_every_step_of_every_job(workload, tmp_path):
    project = configs.make_project(tmp_path / "p", workload)
    texts = [Path(project, name).read_text() for name in (".circleci/config.yml", ".github/workflows/w.yml")]
    steps = [step for job in workload.jobs for step in job.steps]
    for text in texts:
        jobs = yaml.load(text, yaml.CSafeLoader)["jobs"].values()
        assert [step["run"] for job in jobs for step in job["steps"] if "run" in step] == steps
    gitlab = yaml.load(Path(project, ".gitlab-ci.yml").read_text(), yaml.CSafeLoader)
    assert [step for job in gitlab.values() for step in job["script"]] == steps
    assert Path(project, "by_hand.py").read_text().count("session.run(") == len(steps)


def test_the_projects_own_noxfile_registers_the_config(project):
    assert "w-take" in call([sys.executable, "-m", "nox", "--list"], project, environ={"PYTHONPATH": str(ROOT)}).stdout
