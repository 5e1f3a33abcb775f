"""Which cluster and which namespace of it are meant, by the user's kubeconfig."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

from ....dataclass import dataclass
from ....errors import Problem, cut
from ....process import NOT_FOUND, Captured
from ....source.suggest import choices, first_names
from .no_cluster import NoCluster

WORDS = ("config", "view", "-o", "json")
"""What kubectl is asked: the files of KUBECONFIG, put together as it does that."""
DEFAULT = "default"
MINIKUBE = "minikube.sigs.k8s.io"
"""What minikube gives as the provider of a cluster, in an extension."""


@dataclass(frozen=True)
class Target:
    """Which cluster; what is empty is as the kubeconfig has it."""

    context: str = ""
    namespace: str = ""
    minikube: str = ""
    """Its profile of minikube, where the kubeconfig says that it is one's."""


def resolved(target: Target, view: Captured) -> Target:
    """Return the context and the namespace that are meant, by what kubectl has answered. Raise NoCluster.

    https://kubernetes.io/docs/concepts/configuration/organize-cluster-access-kubeconfig/
    """
    if not view.ok:
        raise NoCluster(_unreadable(view))
    found = _parsed(view.stdout)
    contexts: dict[str, dict[str, Any]] = {
        each["name"]: each.get("context") or {} for each in found.get("contexts") or ()
    }
    name = target.context or found.get("current-context") or ""
    if name not in contexts:
        raise NoCluster(_no_context(target.context, name, tuple(contexts)))
    namespace = target.namespace or contexts[name].get("namespace") or DEFAULT
    return Target(name, namespace, _profile(contexts[name].get("cluster", ""), found.get("clusters") or ()))


def _parsed(printed: str) -> dict[str, Any]:
    try:
        found = json.loads(printed)
    except ValueError:
        found = None
    if isinstance(found, dict):
        return found
    what = f"`kubectl config view -o json` prints no JSON, but: {cut(printed.strip()) or 'nothing'}"
    raise NoCluster(
        Problem(what, None, "NOX_CIRCLECI_KUBECTL names the kubectl that is meant; else it is the first on PATH.")
    )


def _profile(cluster: str, clusters: Sequence[dict[str, Any]]) -> str:
    """Return the profile of a cluster that minikube has made, which is called like it; empty if it is another's."""
    entry: dict[str, Any] = next((each.get("cluster") or {} for each in clusters if each.get("name") == cluster), {})
    made_by = [(each.get("extension") or {}).get("provider") for each in entry.get("extensions") or ()]
    return cluster if MINIKUBE in made_by else ""


def _unreadable(view: Captured) -> Problem:
    reason = cut(view.stderr.strip() or "it does not say why").removeprefix("error: ")
    if view.status == NOT_FOUND:
        return Problem(f"kubectl cannot be run: {reason}", None, "https://kubernetes.io/docs/tasks/tools/")
    if view.cause == "timeout":
        return Problem("kubectl does not answer: `kubectl config view` goes on and on")
    return Problem(f"kubectl cannot read your kubeconfig: {reason}", None, "KUBECONFIG names the file.")


def _no_context(asked: str, name: str, contexts: Sequence[str]) -> Problem:
    if not contexts:
        hint = "`kind create cluster` makes a cluster; KUBECONFIG names the kubeconfig of one."
        return Problem("kubectl knows no cluster: there is no kubeconfig, or no context in it", None, hint)
    if asked:
        return Problem(f"there is no context {asked!r} in your kubeconfig", None, choices(asked, contexts))
    which = f"its current context {name!r} is not in it" if name else "it has no current context"
    hint = f"--kube-context NAME chooses one of {first_names(contexts, len(contexts))}."
    return Problem(f"your kubeconfig does not say which cluster is meant: {which}", None, hint)
