"""What ``doctor`` says of a cluster, where one is asked for."""

from __future__ import annotations

import json

import pytest

from ci.doctor.cluster_checks import cluster_checks, nodes
from ci.options.table import Options
from tests.projects import make_project

CONFIG = """\
    version: 2.1
    jobs: {build: {docker: [{image: a/b}], steps: [{run: echo}]}}
    workflows: {w: {jobs: [build]}}
    """


def node(cpu, memory, architecture="amd64"):
    return {"status": {"allocatable": {"cpu": cpu, "memory": memory}, "nodeInfo": {"architecture": architecture}}}


def test_no_cluster_is_asked_where_none_is_chosen():
    assert list(cluster_checks(Options())) == []


def test_the_largest_node_says_how_large_a_job_may_be():
    (check,) = nodes([node("3920m", "8Gi"), node("2", "16384Mi", "arm64")])
    assert check.text == "2, amd64, arm64; the largest has 3.92 CPUs and 16.0 GiB for Pods"


def test_nodes_that_may_not_be_listed_are_no_trouble():
    assert list(nodes(None)) == []


def test_a_kubectl_that_is_not_there_is_an_error_with_what_to_do(tmp_path):
    project = make_project(tmp_path, CONFIG)
    variables = {"NOX_CIRCLECI_ENGINE": "kubernetes", "NOX_CIRCLECI_KUBECTL": "no-such-kubectl"}
    checks = json.loads(project.ci("doctor", "--json", **variables).stdout)
    (check,) = [
        each for each in (checks["checks"] if isinstance(checks, dict) else checks) if each["name"] == "kubernetes"
    ]
    assert check["level"] == "error"
    assert "no-such-kubectl" in check["text"]


@pytest.mark.kubernetes
def test_a_restricted_namespace_is_an_error_until_the_setting_fits(tmp_path, restricted_namespace):
    project = make_project(tmp_path, CONFIG)
    variables = {"NOX_CIRCLECI_ENGINE": "kubernetes", **restricted_namespace.environ}
    loose = project.ci("doctor", **variables)
    assert loose.status == 1
    assert "the namespace takes restricted Pods alone" in loose.stdout
    tight = project.ci("doctor", NOX_CIRCLECI_KUBERNETES_SECURITY="restricted", **variables)
    assert "the namespace enforces restricted" in tight.stdout
