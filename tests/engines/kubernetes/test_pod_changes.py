"""What a cluster has changed in a Pod, by the Pod as it was asked for and as it was made."""

import copy

import pytest

from ci.engines.kubernetes.pod_changes import pod_changes, what_hinders
from tests.projects import make_project

CONFIG = """
    version: 2.1
    jobs:
      build:
        docker: [{image: nox-circleci/base}]
        steps: [run: 'true']
    workflows: {w: {jobs: [build]}}
    """
ASKED = {
    "spec": {
        "containers": [
            {
                "name": "primary",
                "image": "cimg/base:current",
                "command": ["sh"],
                "imagePullPolicy": "IfNotPresent",
                "resources": {"requests": {"cpu": "2000m"}, "limits": {"cpu": "2000m", "memory": "4096Mi"}},
            },
            {"name": "service-1", "image": "postgres:16", "imagePullPolicy": "IfNotPresent"},
        ],
        "activeDeadlineSeconds": 18000,
        "automountServiceAccountToken": False,
        "nodeSelector": {"kubernetes.io/os": "linux"},
        "securityContext": {"seccompProfile": {"type": "RuntimeDefault"}},
    }
}
PROXY = {"name": "mesh-proxy", "image": "mesh/proxy:1"}


def made(**changes):
    """Return the Pod as any cluster makes it: with defaults, and quantities in its own way."""
    found = copy.deepcopy(ASKED)
    spec = found["spec"]
    spec |= {
        "serviceAccountName": "default",
        "nodeName": "n1",
        "tolerations": [{"key": "node.kubernetes.io/not-ready"}],
    }
    primary, service = spec["containers"]
    primary["resources"]["limits"] = {"cpu": "2", "memory": "4Gi"}
    primary["terminationMessagePath"] = "/dev/termination-log"
    service["resources"] = {}
    spec |= changes.pop("spec", {})
    primary |= changes.pop("primary", {})
    service |= changes.pop("service", {})
    spec["containers"] += changes.pop("more", [])
    assert not changes
    return found


def test_what_every_cluster_fills_in_is_no_change():
    assert pod_changes(ASKED, made()) == ""


@pytest.mark.parametrize(
    ("changes", "text"),
    [
        ({"more": [PROXY]}, "the container mesh-proxy of mesh/proxy:1 is added"),
        ({"spec": {"initContainers": [PROXY]}}, "the container mesh-proxy of mesh/proxy:1 is added"),
        ({"service": {"resources": {"limits": {"memory": "64Mi"}}}}, "service-1: memory limit 64Mi"),
        ({"primary": {"resources": {"limits": {"cpu": "1", "memory": "4Gi"}}}}, "primary: cpu limit 1"),
        ({"primary": {"resources": {}}}, "primary: cpu limit none, memory limit none"),
        ({"primary": {"image": "mirror/cimg/base"}}, "primary: the image is mirror/cimg/base"),
        ({"primary": {"imagePullPolicy": "Always"}}, "primary: when its image is pulled"),
        ({"primary": {"env": [{"name": "A"}, {"name": "B"}]}}, "primary: with the variables A, B"),
        ({"primary": {"securityContext": {"runAsUser": 5}}}, "primary: its securityContext"),
        ({"spec": {"securityContext": {}}}, "its securityContext"),
        ({"spec": {"nodeSelector": {"pool": "x"}}}, "its nodeSelector"),
        ({"spec": {"activeDeadlineSeconds": 60}}, "its deadline"),
        ({"spec": {"automountServiceAccountToken": True}}, "a service account's token is in it"),
        (
            {"spec": {"activeDeadlineSeconds": 60}, "service": {"image": "x", "command": ["y"]}, "more": [PROXY]},
            "its deadline; service-1: the image is x; the container mesh-proxy of mesh/proxy:1 is added",
        ),
    ],
)
def test_what_a_job_can_notice_is_named(changes, text):
    assert pod_changes(ASKED, made(**changes)) == text


@pytest.mark.kubernetes
def test_a_job_whose_pod_was_changed_says_so(tmp_path, make_namespace):
    namespace = make_namespace()
    limits = {"limits": [{"type": "Container", "default": {"memory": "256Mi"}}]}
    document = {"apiVersion": "v1", "kind": "LimitRange", "metadata": {"name": "small"}, "spec": limits}
    namespace.kubectl("create", "-f", "-", document=document)
    done = make_project(tmp_path, CONFIG).ci("run", "w", "--engine", "kubernetes", **namespace.environ)
    assert done.status == 0, done.stdout + done.stderr
    line = "an admission controller of the cluster has changed the Pod: primary: memory limit 256Mi"
    assert done.stdout.count(line) == 2  # in the job's first lines, and in the summary


@pytest.mark.parametrize(
    ("changes", "text"),
    [
        ({}, ""),
        ({"more": [PROXY], "service": {"command": ["y"]}, "primary": {"args": []}}, ""),
        ({"primary": {"command": ["wrapper"]}}, "has changed command of the container primary"),
        ({"primary": {"command": None, "args": ["x"]}}, "has changed command and args of the container primary"),
        ({"primary": {"name": "other"}}, "has changed command of the container primary"),
    ],
)
def test_no_step_runs_where_the_first_containers_command_is_not_ours(changes, text):
    found = what_hinders(ASKED, made(**changes))
    assert text in found
    assert bool(text) == bool(found)
