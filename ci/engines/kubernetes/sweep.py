"""What runs of this machine that were killed have left in a cluster."""

from __future__ import annotations

import contextlib
from typing import Any

from ...errors import Problem
from . import names
from .cluster.api_refusals import NoAnswer, Refused
from .cluster.connection import Cluster
from .cluster.no_cluster import NoCluster
from .pod_owner import PodOwner


def sweep(cluster: Cluster, me: PodOwner) -> list[str]:
    """Delete the Pods of this user's dead runs on this machine; return their names.

    A living run's are left, and those that a run leaves for inspection. Raise NoCluster.
    """
    removed = []
    for pod in _mine(cluster, me):
        metadata = pod.get("metadata", {})
        annotations = metadata.get("annotations") or {}
        owner = PodOwner.read(annotations.get(names.OWNER, ""))
        if owner and owner.is_dead(me) and names.KEPT not in annotations and "deletionTimestamp" not in metadata:
            with contextlib.suppress(Refused, NoAnswer):
                cluster.delete_pod(str(metadata["name"]))
                removed.append(str(metadata["name"]))
    return removed


def _mine(cluster: Cluster, me: PodOwner) -> list[dict[str, Any]]:
    """Return this user's Pods: the first question that takes a right. Raise NoCluster if no job can run here."""
    try:
        return cluster.list_pods(names.of_owner(me))
    except Refused as refused:
        hint = (
            "docs/kubernetes-role.yaml is a Role that allows all that a run needs; "
            f"`kubectl auth can-i --list --namespace {cluster.namespace}` shows what you may do there."
        )
        raise NoCluster(
            Problem(f"jobs cannot run in the cluster of context {cluster.context}: {refused.message}", None, hint)
        ) from None
    except NoAnswer as error:
        raise NoCluster(Problem(f"the cluster of context {cluster.context} does not answer: {error}")) from None
