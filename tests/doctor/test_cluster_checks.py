"""What ``doctor`` says of a cluster, where one is asked for."""

from __future__ import annotations

import json

import pytest

from ci.doctor.cluster_checks import cluster_checks, nodes, rights, store
from ci.engines.kubernetes.cluster.api_refusals import Refused
from ci.engines.kubernetes.rights import RIGHTS
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


@pytest.mark.store
def test_a_store_is_one_whose_urls_can_be_signed(object_store):
    (check,) = store(object_store.url)
    assert (check.level, check.text.partition(":")[0]) == ("ok", "s3")


def test_a_store_without_its_package_is_an_error_with_what_to_do(monkeypatch):
    monkeypatch.setattr("ci.runtime.storage.object_store.find_spec", lambda name: None)
    (check,) = store("s3://bucket")
    assert check.level == "error"
    assert "pip install s3fs" in check.text
    assert list(store("")) == []


class Authorizer:
    """Stands for a cluster that lists no rules, as some authorizers of clouds do, and gives some rights."""

    namespace = "ci"

    def __init__(self, *given, version="v1.35.0"):
        self.given, self._version = given, version

    def version(self):
        return self._version

    def rules(self):
        return []

    def may(self, verb, resource):
        return (verb, resource) in self.given or not self.given


def test_rights_that_the_cluster_does_not_list_are_asked_for():
    assert [each.text for each in rights(Authorizer())] == ["all that a run needs"]


def test_each_right_that_is_missing_is_named_with_what_it_is_for():
    pods = [(verb, "pods") for verb in ("create", "delete", "get", "list", "watch")]
    checks = list(rights(Authorizer(*pods, ("create", "pods/exec"))))
    [fix] = {each.fix for each in checks}
    assert "doctor --role | kubectl apply --namespace ci -f - and kubectl create rolebinding" in fix
    found = [(each.level, each.text) for each in checks]
    assert found == [
        ("error", "you may not get on pods/exec: steps run in Pods"),
        ("warning", "you may not get on pods/log: the last lines of a service that has ended"),
        ("warning", "you may not list on events: why a Pod waits, or was lost"),
    ]


@pytest.mark.parametrize(
    ("version", "text"),
    [
        ("v1.34.1", "all that a run needs"),
        ("v1.35.0", "you may not create on pods/exec: steps run in Pods, which takes it since Kubernetes 1.35"),
    ],
)
def test_what_a_later_version_asks_for_is_not_missed_before(version, text):
    given = [(verb, each.resource) for each in RIGHTS for verb in each.verbs]
    given.remove(("create", "pods/exec"))
    assert [each.text for each in rights(Authorizer(*given, version=version))] == [text]


def test_a_cluster_that_does_not_say_what_you_may_do_is_a_warning():
    class Silent(Authorizer):
        def rules(self):
            raise Refused(403, "Forbidden", "no reviews for you")

    (check,) = rights(Silent())
    assert check.level == "warning"
    assert "no reviews for you" in check.text


@pytest.mark.kubernetes
def test_the_doctors_own_options_name_the_cluster(tmp_path, namespace):
    project = make_project(tmp_path, CONFIG)
    found = project.ci("doctor", "--engine", "kubernetes", "--namespace", namespace.name)
    assert f"namespace {namespace.name}" in found.stdout
    version = json.loads(namespace.kubectl("version", "-o", "json"))
    for each in ("clientVersion", "serverVersion"):
        assert version[each]["gitVersion"].removeprefix("v") in found.stdout
    assert "all that a run needs" in found.stdout
    absent = project.ci("doctor", "--engine", "kubernetes", "--kube-context", "nowhere")
    assert absent.status == 1
    assert "there is no context 'nowhere' in your kubeconfig" in absent.stdout


@pytest.mark.kubernetes
def test_a_restricted_namespace_is_an_error_until_the_setting_fits(tmp_path, restricted_namespace):
    project = make_project(tmp_path, CONFIG)
    variables = {"NOX_CIRCLECI_ENGINE": "kubernetes", **restricted_namespace.environ}
    loose = project.ci("doctor", **variables)
    assert loose.status == 1
    assert "the namespace takes restricted Pods alone" in loose.stdout
    tight = project.ci("doctor", NOX_CIRCLECI_KUBERNETES_SECURITY="restricted", **variables)
    assert "the namespace enforces restricted" in tight.stdout
