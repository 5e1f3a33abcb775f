"""Why a cluster has refused a Pod, in words for the user, and whether it may take it later."""

from __future__ import annotations

import re

from ...dataclass import dataclass
from .rights import role_hint

_QUOTA = re.compile(r"exceeded quota: (.+)", re.DOTALL)
_AMOUNTS = re.compile(r"requested: (\S+), used: \S+, limited: (\S+)")
_SUFFIXES = {"": 1.0, "m": 0.001, **{each: 1000.0**at for at, each in enumerate(("k", "M", "G", "T", "P", "E"), 1)}}
_SUFFIXES |= {each: 1024.0**at for at, each in enumerate(("Ki", "Mi", "Gi", "Ti", "Pi", "Ei"), 1)}
_QUANTITY = re.compile(rf"(\d+(?:\.\d+)?(?:[eE]\d+)?)({'|'.join(_SUFFIXES)})")
_SPECIFY = re.compile(r"failed quota: ([^:]+): (must specify .+)", re.DOTALL)
_SECURITY = re.compile(r'violates PodSecurity "([^":]+)[^"]*": (.+)', re.DOTALL)
_RANGE = re.compile(r"(?:maximum|minimum) \S+ usage per (?:Container|Pod) is .+", re.DOTALL)
_WEBHOOK = re.compile(r'admission webhook "([^"]+)" denied the request:? ?(.*)', re.DOTALL)
_WEBHOOK_DOWN = re.compile(r'failed calling webhook "([^"]+)": (.*)', re.DOTALL)
_POLICY = re.compile(r"ValidatingAdmissionPolicy '([^']+)' with binding '[^']+' denied request:? ?(.*)", re.DOTALL)
_FORBIDDEN = re.compile(r'cannot (\w+) resource "([^"]+)"')
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
        if _asks_for_too_much(found[1]):
            return PodRefusal(
                f"the job is larger than the namespace's whole quota {found[1]}: see kubernetes.resources"
            )
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
        return PodRefusal(_policy("webhook", found[1], found[2]))
    if found := _POLICY.search(message):
        return PodRefusal(_policy("policy", found[1], found[2]))
    if found := _WEBHOOK_DOWN.search(message):
        text = f"waits for the cluster's admission webhook {found[1]}, which does not answer: {found[2]}"
        return PodRefusal(text, may_pass=True)
    if found := _FORBIDDEN.search(message):
        return PodRefusal(f"you may not {found[1]} {found[2]}: {message}. {role_hint()}")
    if found := _ACCOUNT.search(message):
        return PodRefusal(f"there is no service account {found[1]} in the namespace: see kubernetes.service-account")
    return PodRefusal(f"the cluster refuses it: {message}")


def _asks_for_too_much(quota: str) -> bool:
    """Return whether a Pod asks for more than a quota has when nothing of it is used."""
    found = _AMOUNTS.search(quota)
    if found is None:
        return False
    requested, limited = (
        dict(each.split("=", 1) for each in text.split(",") if "=" in each) for text in found.groups()
    )
    return any(quantity(requested[name]) > quantity(limited[name]) for name in requested if name in limited)


def quantity(text: str) -> float:
    """Return a quantity as the cluster writes it: ``2``, ``500m``, ``4Gi``; 0 if it is not one.

    https://kubernetes.io/docs/reference/kubernetes-api/common-definitions/quantity/
    """
    found = _QUANTITY.fullmatch(text)
    return float(found[1]) * _SUFFIXES[found[2]] if found else 0.0


def _policy(kind: str, name: str, reason: str) -> str:
    """Return what a rule of the cluster's own has against a Pod: the user can obey it, or go elsewhere."""
    rule = f"the cluster's admission {kind} {name} refuses it: {reason or 'it gives no reason'}"
    return f"{rule}. Where that cannot be obeyed, --namespace names another namespace"


def _security(level: str, details: str, chosen: str) -> str:
    if level == "restricted" and chosen != "restricted":
        return (
            'the namespace takes restricted Pods alone. Set security = "restricted" in [tool.nox-circleci.kubernetes]: '
            f"then no container runs as root, and sudo does not work. It says: {details}"
        )
    return f"the namespace's Pod security standard {level} refuses it: {details}"
