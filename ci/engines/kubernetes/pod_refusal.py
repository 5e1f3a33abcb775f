"""Why a cluster has refused a Pod, in words for the user, and whether it may take it later."""

from __future__ import annotations

import re

from ...dataclass import dataclass

_QUOTA = re.compile(r"exceeded quota: (.+)", re.DOTALL)
_SPECIFY = re.compile(r"failed quota: ([^:]+): (must specify .+)", re.DOTALL)
_SECURITY = re.compile(r'violates PodSecurity "([^":]+)[^"]*": (.+)', re.DOTALL)
_RANGE = re.compile(r"(?:maximum|minimum) \S+ usage per (?:Container|Pod) is .+", re.DOTALL)
_WEBHOOK = re.compile(r'admission webhook "([^"]+)" denied the request:? ?(.*)', re.DOTALL)
_ACCOUNT = re.compile(r'serviceaccount "([^"]+)" not found')


@dataclass(frozen=True, slots=True)
class PodRefusal:
    """What a cluster has said instead of taking a Pod."""

    text: str
    may_pass: bool = False
    """Whether the same Pod may be taken later, as when another Pod has ended."""


def pod_refusal(message: str, security: str = "baseline") -> PodRefusal:
    """Return what the message of a refused Pod means; ``security`` is the user's choice.

    https://kubernetes.io/docs/concepts/policy/resource-quotas/ and
    https://kubernetes.io/docs/concepts/security/pod-security-admission/
    """
    message = " ".join(message.split())
    if found := _QUOTA.search(message):
        return PodRefusal(f"waits for the namespace's quota {found[1]}", may_pass=True)
    if found := _SPECIFY.search(message):
        return PodRefusal(
            f"the namespace's quota {found[1]} takes no container without requests and limits ({found[2]}): set "
            "kubernetes.service-resources for services; kubernetes.resources must not be 0"
        )
    if found := _SECURITY.search(message):
        return PodRefusal(_security(found[1], found[2], security))
    if found := _RANGE.search(message):
        return PodRefusal(f"the namespace's LimitRange refuses it, {found[0]}: kubernetes.resources is the factor")
    if found := _WEBHOOK.search(message):
        return PodRefusal(f"the cluster's admission webhook {found[1]} refuses it: {found[2] or 'it gives no reason'}")
    if found := _ACCOUNT.search(message):
        return PodRefusal(f"there is no service account {found[1]} in the namespace: see kubernetes.service-account")
    return PodRefusal(f"the cluster refuses it: {message}")


def _security(level: str, details: str, chosen: str) -> str:
    if level == "restricted" and chosen != "restricted":
        return (
            'the namespace takes restricted Pods alone. Set security = "restricted" in [tool.nox-circleci.kubernetes]: '
            f"then no container runs as root, and sudo does not work. It says: {details}"
        )
    return f"the namespace's Pod security standard {level} refuses it: {details}"
