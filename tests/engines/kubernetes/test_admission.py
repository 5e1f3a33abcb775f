"""Runs on a cluster whose admission controller changes Pods: they pass where they can, and say what is otherwise."""

import pytest

from tests.cluster.admission import changing_pods
from tests.patience import eventually
from tests.projects import make_project

pytestmark = pytest.mark.kubernetes
IMAGE = "nox-circleci/base"
CONFIG = f"""
    version: 2.1
    jobs:
      build:
        docker: [{{image: {IMAGE}}}]
        steps: [checkout, run: echo built]
    workflows: {{w: {{jobs: [build]}}}}
    """
SIDECAR = {"name": "proxy", "image": IMAGE, "imagePullPolicy": "IfNotPresent", "command": ["sleep", "600"]}
INITIAL = {"name": "proxy-init", "image": IMAGE, "imagePullPolicy": "IfNotPresent", "command": ["sleep", "1"]}


def run(namespace, folder, patch):
    project = make_project(folder / "project", CONFIG)
    with changing_pods(namespace, folder, patch):
        done = project.ci("run", "w", "--engine", "kubernetes", **namespace.environ)
    assert eventually(lambda: namespace.pods() == [])
    return done


def test_a_job_runs_beside_containers_that_the_cluster_adds_and_says_so(make_namespace, tmp_path):
    patch = [
        {"op": "add", "path": "/spec/containers/-", "value": SIDECAR},
        {"op": "add", "path": "/spec/initContainers", "value": [INITIAL]},
        {"op": "add", "path": "/spec/containers/0/resources", "value": {"limits": {"memory": "900Mi"}}},
    ]
    done = run(make_namespace(), tmp_path, patch)
    assert done.status == 0, done.stdout + done.stderr
    said = (
        "an admission controller of the cluster has changed the Pod: primary: memory limit 900Mi; "
        f"the container proxy of {IMAGE} is added; the container proxy-init of {IMAGE} is added"
    )
    assert said in done.stdout


def test_a_job_that_is_come_back_to_still_says_what_was_changed(make_namespace, tmp_path):
    namespace = make_namespace()
    project = make_project(tmp_path / "project", CONFIG)
    patch = [{"op": "add", "path": "/spec/containers/0/resources", "value": {"limits": {"memory": "900Mi"}}}]
    with changing_pods(namespace, tmp_path, patch):
        left = project.ci("run", "w", "--engine", "kubernetes", "--detach", **namespace.environ)
    assert left.status == 0, left.stdout + left.stderr
    done = project.ci("resume", "--json", **namespace.environ)
    assert done.status == 0, done.stdout + done.stderr
    differences = " ".join(done.finish("build")["fidelity"]["differences"])
    assert "an admission controller of the cluster has changed the Pod: primary: memory limit 900Mi" in differences


def test_a_container_that_is_put_before_the_primary_is_not_taken_for_it(make_namespace, tmp_path):
    done = run(make_namespace(), tmp_path, [{"op": "add", "path": "/spec/containers/0", "value": SIDECAR}])
    assert done.status == 0, done.stdout + done.stderr


def test_a_job_whose_command_is_changed_fails_with_what_to_do(make_namespace, tmp_path):
    patch = [{"op": "replace", "path": "/spec/containers/0/command", "value": ["sleep", "600"]}]
    done = run(make_namespace(), tmp_path, patch)
    assert done.status == 1
    assert "the cluster has changed command of the container primary" in done.stdout
    assert "app.kubernetes.io/managed-by" in done.stdout
