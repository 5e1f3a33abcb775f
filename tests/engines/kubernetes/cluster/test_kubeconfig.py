"""Which cluster is meant, by what ``kubectl config view`` prints.

https://kubernetes.io/docs/concepts/configuration/organize-cluster-access-kubeconfig/
"""

import json

import pytest

from ci.engines.kubernetes.cluster.kubeconfig import Target, resolved
from ci.engines.kubernetes.cluster.no_cluster import NoCluster
from ci.process import Captured

CONTEXTS = [
    {"name": "work", "context": {"cluster": "c", "user": "u", "namespace": "team"}},
    {"name": "kind-ci", "context": {"cluster": "k", "user": "k"}},
]


def view(current="work", contexts=CONTEXTS, clusters=()):
    found = {"kind": "Config", "contexts": contexts, "current-context": current, "clusters": clusters}
    return Captured(0, json.dumps(found), "")


def extended(provider):
    extension = {"last-update": "Wed, 26 Aug 2026 23:15:12 UTC", "provider": provider, "version": "v1.38.1"}
    return {"name": "c", "cluster": {"server": "https://x", "extensions": [{"name": "e", "extension": extension}]}}


@pytest.mark.parametrize(
    ("clusters", "profile"),
    [
        ([extended("minikube.sigs.k8s.io")], "c"),
        ([extended("other.example")], ""),
        ([{**extended("minikube.sigs.k8s.io"), "name": "d"}], ""),
        ([{"name": "c", "cluster": {"extensions": [{"name": "e", "extension": None}]}}], ""),
        ([{"name": "c", "cluster": None}], ""),
        (None, ""),
    ],
)
def test_a_cluster_of_minikube_is_known_by_its_extension(clusters, profile):
    assert resolved(Target(), view(clusters=clusters)).minikube == profile


@pytest.mark.parametrize(
    ("asked", "found"),
    [
        (Target(), Target("work", "team")),
        (Target("kind-ci"), Target("kind-ci", "default")),
        (Target("", "mine"), Target("work", "mine")),
        (Target("kind-ci", "mine"), Target("kind-ci", "mine")),
    ],
)
def test_what_was_not_asked_for_is_as_the_kubeconfig_has_it(asked, found):
    assert resolved(asked, view()) == found


@pytest.mark.parametrize(
    ("asked", "answer", "message", "hint"),
    [
        ("", view("", None), "kubectl knows no cluster", "kind create cluster"),
        ("", view("", []), "kubectl knows no cluster", "KUBECONFIG"),
        ("", view(""), "it has no current context", "--kube-context NAME chooses one of work, kind-ci"),
        ("", view("old"), "its current context 'old' is not in it", "--kube-context"),
        ("kind-cj", view(), "there is no context 'kind-cj'", "Did you mean 'kind-ci'?"),
        ("far", view(), "there is no context 'far'", "There is: work, kind-ci"),
        ("", Captured(1, "", "error: yaml: line 3: did not find"), "cannot read your kubeconfig: yaml: line 3", "KUBE"),
        ("", Captured(127, "", "kubectl: No such file"), "kubectl cannot be run: kubectl: No such file", "https://"),
        ("", Captured(0, "Welcome!\n", ""), "prints no JSON, but: Welcome!", "NOX_CIRCLECI_KUBECTL"),
        ("", Captured(0, "[]", ""), "prints no JSON, but: []", "NOX_CIRCLECI_KUBECTL"),
        ("", Captured(0, "", ""), "prints no JSON, but: nothing", "NOX_CIRCLECI_KUBECTL"),
        ("", Captured(0, "{}", ""), "kubectl knows no cluster", "KUBECONFIG"),
        ("", Captured(143, "", "", "timeout"), "kubectl does not answer", ""),
    ],
)
def test_what_is_wrong_is_one_line_with_what_to_do(asked, answer, message, hint):
    with pytest.raises(NoCluster) as error:
        resolved(Target(asked), answer)
    [problem] = error.value.problems
    assert message in problem.message
    assert "\n" not in problem.message
    assert hint in problem.hint
