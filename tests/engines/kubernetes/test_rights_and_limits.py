"""Runs where the cluster allows little: a Role's rights, a restricted namespace, a quota, other people's Pods."""

from __future__ import annotations

import signal

import pytest

from tests.engines.kubernetes.long_runs import IMAGE
from tests.patience import eventually
from tests.projects import make_project

pytestmark = pytest.mark.kubernetes
ROLE = {
    "apiVersion": "rbac.authorization.k8s.io/v1",
    "kind": "Role",
    "rules": [
        {"apiGroups": [""], "resources": ["pods"], "verbs": ["create", "get", "list", "watch", "delete"]},
        {"apiGroups": [""], "resources": ["pods/exec"], "verbs": ["create", "get"]},  # a WebSocket begins with GET
        {"apiGroups": [""], "resources": ["events"], "verbs": ["list"]},
    ],
}
CONFIG = f"""\
    version: 2.1
    jobs:
      build:
        docker: [{{image: {IMAGE}}}]
        steps: [checkout, {{run: test -e .circleci}}]
    workflows: {{w: {{jobs: [build]}}}}
    """
FOUR = f"""\
    version: 2.1
    jobs:
      build:
        docker: [{{image: {IMAGE}}}]
        parallelism: 4
        steps: [{{run: sleep 1}}]
    workflows: {{w: {{jobs: [build]}}}}
    """


def run(folder, environ, config=CONFIG, *words):
    return make_project(folder / "project", config).ci("run", "w", "--engine", "kubernetes", *words, **environ)


def test_a_user_with_the_rights_of_the_role_alone_runs_jobs(namespace, tmp_path):
    done = run(tmp_path, namespace.user("alice", ROLE).environ)
    assert done.status == 0, done.stdout + done.stderr


def test_a_restricted_namespace_refuses_with_the_setting_that_it_wants(restricted_namespace, tmp_path):
    done = run(tmp_path, restricted_namespace.environ)
    assert done.status == 1
    assert 'Set security = "restricted" in [tool.nox-circleci.kubernetes]' in done.stdout + done.stderr


def test_a_restricted_pod_runs_in_a_restricted_namespace_if_its_user_is_a_number(restricted_namespace, tmp_path):
    environ = {**restricted_namespace.environ, "NOX_CIRCLECI_KUBERNETES_SECURITY": "restricted"}
    done = run(tmp_path, environ, CONFIG.replace(f"image: {IMAGE}", f'image: {IMAGE}, user: "1000"'))
    assert done.status == 0, done.stdout + done.stderr


def test_nodes_of_a_job_wait_for_a_quota_and_all_pass(make_namespace, tmp_path):
    namespace = make_namespace()
    namespace.limit_pods(2)
    done = run(tmp_path, namespace.environ, FOUR, "--parallel", "4")
    assert done.status == 0, done.stdout + done.stderr
    assert "waits for the namespace's quota" in done.stdout + done.stderr


GATE = """\
    version: 2.1
    jobs:
      build:
        docker: [{image: nox-circleci/base}]
        steps: [run: "echo begun; until [ -e /tmp/go ]; do sleep 0.2; done"]
    workflows: {w: {jobs: [build]}}
    """


def let_go(namespace):
    """Have the job of ``GATE`` end."""
    (pod,) = [each["metadata"]["name"] for each in namespace.pods() if "deletionTimestamp" not in each["metadata"]]
    namespace.kubectl("exec", pod, "-c", "primary", "--", "touch", "/tmp/go")


def test_the_end_of_a_run_leaves_another_runs_pod_alone(namespace, runs):
    goes_on = runs.start(namespace.environ, GATE)
    ends = runs.start(namespace.environ, GATE)
    assert len(namespace.pods()) == 2
    ends.process.send_signal(signal.SIGINT)
    assert ends.end()["status"] == "canceled"
    let_go(namespace)
    assert goes_on.end()["status"] == "success", goes_on.printed.read_text()
    assert eventually(lambda: namespace.pods() == [])


def test_pods_of_other_people_are_left_alone(make_namespace, tmp_path):
    namespace = make_namespace()
    theirs = {"nox-circleci/owner": '{"user": "x", "host": "elsewhere", "machine": "", "pid": 1, "start": ""}'}
    labels = {"app.kubernetes.io/managed-by": "nox-circleci", "nox-circleci/owner": "0123456789"}
    spec = {"containers": [{"name": "primary", "image": IMAGE, "imagePullPolicy": "Never", "command": ["sleep", "60"]}]}
    metadata = {"name": "theirs", "labels": labels, "annotations": theirs}
    pod = {"apiVersion": "v1", "kind": "Pod", "metadata": metadata, "spec": spec}
    namespace.kubectl("create", "-f", "-", document=pod)
    assert run(tmp_path, namespace.environ).status == 0
    there = [each["metadata"] for each in namespace.pods()]
    assert [each["name"] for each in there if "deletionTimestamp" not in each] == ["theirs"]


def test_runs_in_two_namespaces_do_not_meet(namespace, make_namespace, runs, tmp_path):
    other = make_namespace()
    first = runs.start(namespace.environ, GATE)
    [pod] = namespace.pods()
    assert run(tmp_path, other.environ).status == 0
    assert [each["metadata"]["uid"] for each in namespace.pods()] == [pod["metadata"]["uid"]]
    let_go(namespace)
    assert first.end()["status"] == "success"
