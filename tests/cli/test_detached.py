"""Runs whose jobs go on elsewhere, as ``resume``, ``runs`` and ``clean`` know them without a cluster."""

from __future__ import annotations

import json

import pytest

from ci.record import detached_run
from ci.record.detached_run import DetachedRun, LeftNode
from tests.projects import make_project

CONFIG = """
    version: 2.1
    jobs: {build: {docker: [{image: base}], steps: [run: echo built]}}
    workflows: {w: {jobs: [build]}}
    """
CHOICES = {"kube_context": "no-such-context", "kube_namespace": "none"}
NODE = LeftNode("build", 0, 1, 1, {"name": "nox-build-0123456789"}, 0.0, 60.0)


@pytest.fixture
def project(tmp_path):
    return make_project(tmp_path, CONFIG)


def detached(project, until=4e9) -> str:
    """Run the project, and make that run one of which a job goes on; return its id."""
    assert project.ci("run", "w", "--engine", "host").status == 0
    folder = (project.path / ".nox/ci/runs/last").resolve()
    record = json.loads((folder / "run.json").read_text())
    (folder / "run.json").write_text(json.dumps({**record, "result": "running", "finished": None}))
    (folder / detached_run.FILE).write_text(detached_run.written(DetachedRun(until, "a cluster", CHOICES, (NODE,))))
    return folder.name


def test_such_a_run_is_shown_and_not_taken_for_a_killed_one(project):
    run = detached(project)
    assert "▶ detached" in project.ci("runs").stdout
    checked = project.ci("doctor").stdout
    assert f"run {run} has left build in its cluster until" in checked
    assert f"python -m ci resume {run}" in checked


def test_it_goes_on_with_the_options_that_it_has(project):
    detached(project)
    for words in (["-j", "build"], ["--dry-run"], ["--engine", "host"]):
        refused = project.ci("resume", *words)
        assert refused.status == 2
        assert "a detached run goes on with the options that it has: resume does not take --" in refused.stderr


def test_of_several_one_is_to_be_named(project):
    runs = [detached(project) for _ in range(2)]
    refused = project.ci("resume")
    assert (refused.status, "several runs are detached" in refused.stderr) == (2, True)
    assert all(f"resume {run}" in refused.stderr for run in runs)


def test_clean_says_what_it_cannot_end_and_forgets_what_has_ended_itself(project):
    run = detached(project)
    kept = project.ci("clean", "pods", KUBECONFIG="/dev/null")
    assert kept.stdout.startswith(f"left build of run {run} until ")
    assert json.loads(project.ci("runs", "--json").stdout)[0]["result"] == "detached"
    assert "removed run" not in project.ci("clean", "runs", KUBECONFIG="/dev/null").stdout
    over = detached(project, until=1.0)
    done = project.ci("clean", "runs", KUBECONFIG="/dev/null")
    assert f"ended run {over}, which had detached build\n" in done.stdout
    assert f"removed run {over}\n" in done.stdout


def test_a_run_that_somebody_else_brought_along_reaches_no_cluster(project):
    """It could name any Pod of any cluster of the user's."""
    run = detached(project)
    folder = project.path / ".nox/ci/runs" / run
    record = json.loads((folder / "run.json").read_text())
    (folder / "run.json").write_text(json.dumps({**record, "seal": "0" * 64}))
    refused = project.ci("resume", run)
    assert (refused.status, f"run {run} was not detached by you in this folder" in refused.stderr) == (2, True)
    ended = project.ci("clean", "pods", KUBECONFIG="/dev/null").stdout
    assert ended.startswith(f"ended run {run}, whose detached jobs are not known any more\n")


def test_a_record_that_cannot_be_read_is_said_and_can_be_cleaned(project):
    run = detached(project)
    (project.path / ".nox/ci/runs" / run / detached_run.FILE).write_text('{"version": 99}')
    refused = project.ci("resume", run)
    assert refused.status == 2
    assert f"run {run}: what is known of its detached jobs cannot be read" in refused.stderr
    assert project.ci("clean", "pods", KUBECONFIG="/dev/null").stdout.startswith(f"ended run {run}")
