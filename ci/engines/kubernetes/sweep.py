"""What runs of this machine that were killed have left in a cluster."""

from __future__ import annotations

import contextlib

from . import names
from .cluster.api_refusals import NoAnswer, Refused
from .cluster.connection import Cluster
from .pod_owner import PodOwner


def sweep(cluster: Cluster, me: PodOwner) -> list[str]:
    """Delete the Pods of this user's dead runs on this machine; return their names.

    A living run's are left, and those that a run leaves for inspection.
    """
    removed = []
    with contextlib.suppress(Refused, NoAnswer):
        for pod in cluster.list_pods(names.of_owner(me)):
            metadata = pod.get("metadata", {})
            annotations = metadata.get("annotations") or {}
            owner = PodOwner.read(annotations.get(names.OWNER, ""))
            if owner and owner.is_dead(me) and names.KEPT not in annotations and "deletionTimestamp" not in metadata:
                cluster.delete_pod(str(metadata["name"]))
                removed.append(str(metadata["name"]))
    return removed
