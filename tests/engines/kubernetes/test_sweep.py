"""Pods that runs of this machine have left: the next run deletes a killed one's, ``clean pods`` those of --keep too."""

from __future__ import annotations

import os
import signal
import subprocess
import sys

import pytest

from ci.engines.kubernetes.rights import role
from tests.cluster.ground import without
from tests.patience import eventually
from tests.projects import ROOT, make_project

from .long_runs import LongRuns

pytestmark = pytest.mark.kubernetes
CONFIG = """
    version: 2.1
    jobs:
      build:
        docker: [{image: nox-circleci/base}]
        steps: [run: echo built, run: sleep 300]
    workflows: {w: {jobs: [build]}}
    """
SHORT = CONFIG.replace(", run: sleep 300", "")


def names(namespace):
    """Return the names of the Pods that are not on their way out."""
    return {each["metadata"]["name"] for each in namespace.pods() if "deletionTimestamp" not in each["metadata"]}


def kept(folder, namespace, **environ):
    """Return a project with a job that --keep has kept, and its Pod's name."""
    before = names(namespace)
    project = make_project(folder, SHORT)
    done = project.ci("run", "w", "--engine", "kubernetes", "--keep", **{**namespace.environ, **environ})
    assert done.status == 0, done.stdout + done.stderr
    (pod,) = names(namespace) - before
    return project, pod


def test_a_projects_kept_pods_are_removed_by_clean_alone(tmp_path, make_namespace):
    namespace = make_namespace()
    project, pod = kept(tmp_path / "one", namespace)
    _, others = kept(tmp_path / "other", namespace)  # a run deletes no kept Pod either
    assert {pod, others} <= names(namespace)
    checked = project.ci("doctor", "--engine", "kubernetes", **namespace.environ)
    assert "2 kept by --keep" in checked.stdout
    done = project.ci("clean", "pods", **namespace.environ)
    assert (done.status, done.stdout) == (0, f"removed the Pod {pod}\n")
    assert names(namespace) == {others}


def test_clean_asks_a_cluster_by_itself_if_a_context_is_set(tmp_path, make_namespace):
    namespace = make_namespace()
    project, pod = kept(tmp_path, namespace)
    assert pod not in project.ci("clean", **namespace.environ).stdout
    context = namespace.kubectl("config", "current-context").strip()
    found = project.ci("clean", NOX_CIRCLECI_KUBE_CONTEXT=context, **namespace.environ)
    assert f"removed the Pod {pod}" in found.stdout
    assert names(namespace) == set()


def test_what_the_project_says_of_its_place_counts_for_clean_and_doctor_with_consent(tmp_path, make_namespace):
    elsewhere, namespace = make_namespace(), make_namespace()
    settings = f'[tool.nox-circleci]\nengine = "kubernetes"\nnamespace = "{namespace.name}"\n'
    project, pod = kept(tmp_path, namespace)
    project.write("pyproject.toml", settings)
    variables = {**elsewhere.environ, "XDG_STATE_HOME": f"{tmp_path}/state"}
    assert f"asks for engine = kubernetes, namespace = {namespace.name}: " in project.ci("doctor", **variables).stdout
    assert pod not in project.ci("clean", "pods", **variables).stdout
    project.ci("trust", **variables)
    assert f"answers, namespace {namespace.name}\n" in project.ci("doctor", **variables).stdout
    assert project.ci("clean", "pods", **variables).stdout == f"removed the Pod {pod}\n"


def test_a_cluster_that_is_not_there_stops_clean_only_if_pods_are_meant(tmp_path):
    project = make_project(tmp_path, SHORT)
    named = project.ci("clean", "pods", "--kube-context", "nowhere")
    assert named.status == 2
    assert "there is no context 'nowhere'" in named.stderr
    everything = project.ci("clean", "--kube-context", "nowhere")
    assert everything.status == 0
    assert "left Pods, if there are any: there is no context 'nowhere'" in everything.stdout


def test_a_pod_that_may_not_be_deleted_is_left_and_named(tmp_path, make_namespace):
    namespace = make_namespace()
    project, pod = kept(tmp_path, namespace)
    user = namespace.user("reader", without(role("reader"), "delete", "pods"))
    done = project.ci("clean", "pods", **user.environ)
    assert done.stdout.startswith(f"left the Pod {pod} behind: ")
    assert 'cannot delete resource "pods"' in done.stdout
    assert names(namespace) == {pod}


def test_the_doctor_counts_what_a_killed_run_left_until_the_next_deletes_it(tmp_path, make_namespace):
    namespace = make_namespace()
    project = make_project(tmp_path / "one", CONFIG)
    words = [sys.executable, "-m", "ci", "run", "w", "--engine", "kubernetes"]
    variables = {**os.environ, **namespace.environ, "PYTHONPATH": str(ROOT)}
    nowhere = subprocess.DEVNULL
    run = subprocess.Popen(words, cwd=project.path, env=variables, stdout=nowhere, stderr=nowhere)
    try:
        assert eventually(lambda: [each["status"]["phase"] for each in namespace.pods()] == ["Running"])
        living = project.ci("doctor", "--engine", "kubernetes", **namespace.environ)
        assert "that were killed" not in living.stdout
    finally:
        run.send_signal(signal.SIGKILL)
        run.wait()
    (pod,) = names(namespace)
    assert (
        "1 of runs of yours that were killed"
        in project.ci("doctor", "--engine", "kubernetes", **namespace.environ).stdout
    )
    other = make_project(tmp_path / "other", SHORT)
    assert other.ci("clean", "pods", **namespace.environ).stdout == "", "it is another project's"
    done = other.ci("run", "w", "--engine", "kubernetes", **namespace.environ)
    assert f"deleted the Pod {pod}, which a killed run left" in done.stdout
    assert names(namespace) == set()


def test_clean_removes_the_pod_of_a_projects_killed_run_and_of_no_living_one(tmp_path, make_namespace):
    namespace, runs = make_namespace(), LongRuns(tmp_path)
    try:
        run = runs.start(namespace.environ, CONFIG)
        (pod,) = names(namespace)
        assert run.project.ci("clean", "pods", **namespace.environ).stdout == ""
        assert names(namespace) == {pod}
        run.process.kill()
        run.process.wait()
        assert run.project.ci("clean", "pods", **namespace.environ).stdout == f"removed the Pod {pod}\n"
        assert names(namespace) == set()
    finally:
        runs.close()
