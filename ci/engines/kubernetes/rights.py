"""The rights that a run needs in its namespace: one table, which docs/kubernetes-role.yaml is written from.

https://kubernetes.io/docs/reference/access-authn-authz/rbac/
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from ...dataclass import dataclass, replace
from ...system.command_names import typed_command

ALL = "*"
NEWEST = (99, 0)
ROLE_NAME = "nox-circleci"
ROLE_HEAD = """\
# What a run with the engine kubernetes needs in its namespace, and nothing else: kubectl apply -n NAMESPACE -f FILE
# and kubectl create rolebinding -n NAMESPACE nox-circleci --role nox-circleci --user YOU
# pods/log, events and the verbs delete, get and watch on pods may be left out: then messages say less, a Pod lives on
# for the silence limit, and kubectl does not enter one that is kept. pods/exec takes get until Kubernetes 1.34, create
# too after.
"""
_RELEASE = re.compile(r"v?(\d+)\.(\d+)")


@dataclass(frozen=True, slots=True)
class Right:
    """Verbs on one resource, and what they are for."""

    resource: str
    verbs: tuple[str, ...]
    purpose: str
    needed: bool = True
    """Whether no job can run without it."""
    since: tuple[int, int] = (1, 0)
    """The first version of Kubernetes that asks for it."""

    def __str__(self) -> str:
        return f"{', '.join(self.verbs)} on {self.resource}"


RIGHTS = (
    Right("pods", ("create", "list"), "jobs are Pods"),
    Right("pods", ("delete",), "to delete a job's Pod, which else is left until it ends by itself", needed=False),
    Right("pods", ("get",), "your kubectl asks for a Pod before it enters one that is kept", needed=False),
    Right("pods", ("watch",), "to hear of Pods, which are listed again and again without it", needed=False),
    # a WebSocket begins with a GET: until Kubernetes 1.34 that takes `get` alone
    Right("pods/exec", ("create",), "steps run in Pods, which takes it since Kubernetes 1.35", since=(1, 35)),
    Right("pods/exec", ("get",), "steps run in Pods"),
    Right("pods/log", ("get",), "the last lines of a service that has ended", needed=False),
    Right("events", ("list",), "why a Pod waits, or was lost", needed=False),
)
"""In the core API group, in the namespace of the jobs."""


def role_hint() -> str:
    """Return where somebody who lacks a right finds them all."""
    return f"`{typed_command('doctor --role')}` prints a Role that allows all that a run needs"


def role_text() -> str:
    """Return the Role as a document for ``kubectl apply``."""
    import yaml

    return ROLE_HEAD + str(yaml.safe_dump(role(ROLE_NAME), sort_keys=False))


def role(name: str) -> dict[str, Any]:
    """Return the Role that has these rights and no others."""
    verbs: dict[str, list[str]] = {}
    for each in RIGHTS:
        verbs.setdefault(each.resource, []).extend(each.verbs)
    rules = [{"apiGroups": [""], "resources": [resource], "verbs": own} for resource, own in verbs.items()]
    return {
        "apiVersion": "rbac.authorization.k8s.io/v1",
        "kind": "Role",
        "metadata": {"name": name},
        "rules": rules,
    }


def missing_rights(rules: Sequence[Mapping[str, Any]], version: str = "") -> Iterator[Right]:
    """Yield what the rules of a SelfSubjectRulesReview do not give of what an API server of that version asks for.

    Where the version is not known that is the whole table.
    https://kubernetes.io/docs/reference/kubernetes-api/authorization-resources/self-subject-rules-review-v1/
    """
    found = _RELEASE.match(version)
    release = (int(found[1]), int(found[2])) if found else NEWEST
    for each in RIGHTS:
        if each.since > release:
            continue
        lacking = tuple(verb for verb in each.verbs if not any(_gives(rule, each.resource, verb) for rule in rules))
        if lacking:
            yield replace(each, verbs=lacking)


def _gives(rule: Mapping[str, Any], resource: str, verb: str) -> bool:
    """Return whether a rule gives a verb on every object of a resource in the core group."""
    if rule.get("resourceNames"):
        return False
    part = resource.partition("/")[2]
    wanted = (ALL, resource, *((f"*/{part}",) if part else ()))
    return (
        _has(rule.get("apiGroups"), ("", ALL))
        and _has(rule.get("resources"), wanted)
        and _has(rule.get("verbs"), (verb, ALL))
    )


def _has(found: Iterable[str] | None, wanted: Iterable[str]) -> bool:
    return not set(found or ()).isdisjoint(wanted)
