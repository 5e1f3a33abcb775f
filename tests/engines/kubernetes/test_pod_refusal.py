"""What a cluster says instead of taking a Pod: the messages are those of Kubernetes 1.34."""

import pytest

from ci.engines.kubernetes.pod_refusal import pod_refusal

QUOTA = 'pods "nox-build-1" is forbidden: exceeded quota: two-pods, requested: pods=1, used: pods=2, limited: pods=2'
SPECIFY = (
    'pods "nox-build-1" is forbidden: failed quota: compute: must specify limits.cpu for: service-1; limits.memory '
    "for: service-1"
)
SECURITY = (
    'pods "nox-build-1" is forbidden: violates PodSecurity "restricted:latest": allowPrivilegeEscalation != false '
    '(container "primary" must set securityContext.allowPrivilegeEscalation=false), runAsNonRoot != true (pod or '
    'container "primary" must set securityContext.runAsNonRoot=true)'
)
RANGE = 'pods "nox-build-1" is forbidden: maximum cpu usage per Container is 1, but limit is 2'
WEBHOOK = 'admission webhook "validate.kyverno.svc-fail" denied the request: images must come from our registry'
ACCOUNT = (
    'pods "nox-build-1" is forbidden: error looking up service account default/builder: serviceaccount "builder" '
    "not found"
)


def test_a_quota_is_waited_for_with_its_own_words():
    found = pod_refusal(QUOTA)
    assert found.may_pass
    assert "two-pods, requested: pods=1, used: pods=2, limited: pods=2" in found.text


@pytest.mark.parametrize(
    ("message", "words"),
    [
        (SPECIFY, ["compute", "limits.cpu for: service-1", "kubernetes.service-resources"]),
        (SECURITY, ['security = "restricted"', "sudo does not work", "runAsNonRoot != true"]),
        (RANGE, ["maximum cpu usage per Container is 1, but limit is 2", "kubernetes.resources"]),
        (WEBHOOK, ["validate.kyverno.svc-fail", "images must come from our registry"]),
        (ACCOUNT, ["builder", "kubernetes.service-account"]),
        ("something else", ["something else"]),
    ],
)
def test_other_refusals_are_final_and_say_what_to_do(message, words):
    found = pod_refusal(message)
    assert not found.may_pass
    assert all(word in found.text for word in words)


def test_a_restricted_pod_that_is_refused_is_not_told_to_be_one():
    text = pod_refusal(SECURITY, security="restricted").text
    assert 'security = "restricted"' not in text
    assert "runAsNonRoot != true" in text


def test_a_privileged_level_is_named():
    message = 'pods "x" is forbidden: violates PodSecurity "baseline:v1.34": hostPath volumes (volume "x")'
    assert "standard baseline refuses it: hostPath volumes" in pod_refusal(message).text


def test_the_text_is_one_line():
    assert "\n" not in pod_refusal(SECURITY.replace(", ", ",\n")).text
