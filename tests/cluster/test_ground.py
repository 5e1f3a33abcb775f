"""What tests on Kubernetes rely on: namespaces that enforce what they should, users with no more rights than given."""

from __future__ import annotations

import os
import subprocess

import pytest

from tests.cluster.ground import without
from tests.patience import eventually

ROLE = {
    "apiVersion": "rbac.authorization.k8s.io/v1",
    "kind": "Role",
    "metadata": {"name": "runs"},
    "rules": [
        {"apiGroups": [""], "resources": ["pods", "events"], "verbs": ["get", "list"]},
        {"apiGroups": [""], "resources": ["pods/exec"], "verbs": ["create"]},
    ],
}
NODES = {
    "apiVersion": "rbac.authorization.k8s.io/v1",
    "kind": "ClusterRole",
    "rules": [{"apiGroups": [""], "resources": ["nodes"], "verbs": ["list"]}],
}


def pod(name):
    primary = {
        "name": "primary",
        "image": "nox-circleci/base",
        "imagePullPolicy": "Never",
        "command": ["sleep", "3600"],
    }
    spec = {"restartPolicy": "Never", "terminationGracePeriodSeconds": 1, "containers": [primary]}
    return {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": name}, "spec": spec}


def refusal(namespace, *args, document=None):
    """What kubectl says when the cluster refuses."""
    with pytest.raises(AssertionError) as caught:
        namespace.kubectl(*args, document=document)
    return str(caught.value)


def test_no_other_test_reaches_a_cluster():
    assert os.environ["KUBECONFIG"] == os.devnull
    assert "NOX_CIRCLECI_KUBECTL" not in os.environ


@pytest.mark.kubernetes
def test_runs_of_a_marked_test_are_in_a_namespace_of_its_workers_own(cluster, namespace):
    words = [os.environ["NOX_CIRCLECI_KUBECTL"], "config", "view", "-o", "jsonpath={.contexts[*].context.namespace}"]
    name = subprocess.check_output(words, text=True)
    assert name != namespace.name
    assert cluster.answers("get", "namespace", name)


def test_a_role_without_one_right_keeps_all_others():
    assert without(ROLE, "list", "events")["rules"] == [
        {"apiGroups": [""], "resources": ["pods"], "verbs": ["get", "list"]},
        {"apiGroups": [""], "resources": ["events"], "verbs": ["get"]},
        {"apiGroups": [""], "resources": ["pods/exec"], "verbs": ["create"]},
    ]
    assert without(ROLE, "create", "pods/exec")["rules"] == ROLE["rules"][:1]


def test_a_right_that_a_role_does_not_have_cannot_be_taken():
    with pytest.raises(AssertionError, match="does not have delete on pods"):
        without(ROLE, "delete", "pods")


@pytest.mark.kubernetes
def test_a_pod_of_the_tests_image_runs_in_a_namespace_of_its_own(namespace):
    namespace.kubectl("create", "-f", "-", document=pod("one"))
    namespace.kubectl("wait", "--for", "condition=Ready", "pod/one", "--timeout", "60s")
    assert namespace.kubectl("exec", "one", "--", "id", "-un") == "circleci\n"
    assert [each["metadata"]["name"] for each in namespace.pods()] == ["one"]
    namespace.kubectl("delete", "pod", "one", "--wait=false")


@pytest.mark.kubernetes
def test_a_restricted_namespace_refuses_a_pod_that_may_gain_rights(restricted_namespace):
    assert "allowPrivilegeEscalation != false" in refusal(
        restricted_namespace, "create", "-f", "-", document=pod("one")
    )


@pytest.mark.kubernetes
def test_a_user_has_the_rights_of_a_role_and_no_other(namespace):
    alice = namespace.user("alice", ROLE)
    assert alice.may("get", "pods")
    assert alice.may("create", "pods/exec")
    assert not alice.may("create", "pods")
    assert not alice.may("list", "nodes")
    said = refusal(alice, "create", "-f", "-", document=pod("two"))
    assert "cannot create resource" in said
    assert '"pods"' in said


@pytest.mark.kubernetes
def test_a_user_may_have_a_right_on_the_cluster_that_others_have_not(namespace):
    assert namespace.user("bob", ROLE, NODES).may("list", "nodes")
    assert not namespace.user("carol", ROLE).may("list", "nodes")


@pytest.mark.kubernetes
def test_a_quota_refuses_the_pod_that_is_too_many(make_namespace):
    namespace = make_namespace()
    namespace.limit_pods(2)
    namespace.kubectl("create", "-f", "-", document=pod("one"))
    namespace.kubectl("create", "-f", "-", document=pod("two"))
    assert "exceeded quota: pods" in refusal(namespace, "create", "-f", "-", document=pod("three"))
    namespace.kubectl("delete", "pod", "two", "--wait=false")
    assert eventually(lambda: len(namespace.pods()) == 1)
