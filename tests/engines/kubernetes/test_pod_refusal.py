"""What a cluster says instead of taking a Pod: the messages are those of Kubernetes 1.34."""

import pytest

from ci.engines.kubernetes.pod_refusal import pod_refusal, quantity

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
POLICY = (
    "pods \"nox-build-1\" is forbidden: ValidatingAdmissionPolicy 'registries' with binding 'all' denied request: "
    "images must come from our registry"
)
WEBHOOK_DOWN = (
    'Internal error occurred: failed calling webhook "validate.kyverno.svc-fail": failed to call webhook: Post '
    '"https://kyverno:443/validate?timeout=3s": dial tcp 10.0.0.1:443: connect: connection refused'
)
FORBIDDEN = 'pods is forbidden: User "alice" cannot create resource "pods" in API group "" in the namespace "default"'
ACCOUNT = (
    'pods "nox-build-1" is forbidden: error looking up service account default/builder: serviceaccount "builder" '
    "not found"
)


def test_a_quota_is_waited_for_with_its_own_words():
    found = pod_refusal(QUOTA)
    assert found.may_pass
    assert "two-pods, requested: pods=1, used: pods=2, limited: pods=2" in found.text


def test_a_webhook_that_does_not_answer_is_waited_for():
    """https://kubernetes.io/docs/reference/access-authn-authz/extensible-admission-controllers/#failure-policy"""
    found = pod_refusal(WEBHOOK_DOWN)
    assert found.may_pass
    assert "waits for the cluster's admission webhook validate.kyverno.svc-fail" in found.text
    assert "connection refused" in found.text


@pytest.mark.parametrize(
    ("requested", "used", "limited", "may_pass"),
    [
        ("limits.cpu=2", "limits.cpu=9", "limits.cpu=10", True),
        ("limits.cpu=11", "limits.cpu=0", "limits.cpu=10", False),
        ("limits.cpu=2500m", "limits.cpu=0", "limits.cpu=2", False),
        ("limits.cpu=1,limits.memory=8Gi", "limits.cpu=0,limits.memory=0", "limits.cpu=4,limits.memory=4000Mi", False),
        ("limits.memory=4Gi", "limits.memory=1Gi", "limits.memory=5G", True),
    ],
)
def test_a_job_that_is_larger_than_the_whole_quota_does_not_wait(requested, used, limited, may_pass):
    message = f'pods "x" is forbidden: exceeded quota: q, requested: {requested}, used: {used}, limited: {limited}'
    assert pod_refusal(message).may_pass is may_pass


@pytest.mark.parametrize(
    ("text", "value"),
    [("2", 2), ("500m", 0.5), ("1.5", 1.5), ("4Gi", 4 * 1024**3), ("5G", 5e9), ("1e3", 1000), ("12E", 12e18), ("x", 0)],
)
def test_a_quantity_is_read_as_the_cluster_writes_it(text, value):
    """https://kubernetes.io/docs/reference/kubernetes-api/common-definitions/quantity/"""
    assert quantity(text) == value


@pytest.mark.parametrize(
    ("message", "words"),
    [
        (SPECIFY, ["compute", "limits.cpu for: service-1", "kubernetes.service-resources"]),
        (SECURITY, ['security = "restricted"', "sudo does not work", "runAsNonRoot != true"]),
        (RANGE, ["maximum cpu usage per Container is 1, but limit is 2", "kubernetes.resources"]),
        (WEBHOOK, ["validate.kyverno.svc-fail", "images must come from our registry", "--namespace"]),
        (POLICY, ["admission policy registries", "refuses it: images must come from our registry", "--namespace"]),
        (FORBIDDEN, ["you may not create pods", 'User "alice"', "doctor --role` prints a Role"]),
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
