"""What runs of this machine have left in a cluster: those that were killed, and those with --keep."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from ...dataclass import dataclass
from ...errors import Problem, cut
from ...runtime.left_run import detached_jobs
from ...system.temporary import Owner
from . import names
from .cluster.api_refusals import NoAnswer, Refused
from .cluster.connection import Cluster
from .cluster.no_cluster import NoCluster
from .pod_owner import PodOwner
from .rights import role_hint


@dataclass(frozen=True, slots=True)
class LeftPod:
    """A Pod whose run has ended."""

    name: str
    project: str
    """The label of its project."""
    kept: bool
    """Whether its run has left it for inspection."""
    detached: bool = False
    """Whether it goes on without its run, which somebody may come back to."""


def sweep(cluster: Cluster, me: PodOwner) -> list[str]:
    """Delete the Pods of this user's dead runs on this machine; return their names.

    A living run's are left, those that a run leaves for inspection, and those of a detached run. Raise NoCluster.
    """
    removed = []
    for pod in left_pods(cluster, me):
        if not (pod.kept or pod.detached):
            with contextlib.suppress(Refused, NoAnswer):
                cluster.delete_pod(pod.name)
                removed.append(pod.name)
    return removed


def clean_left(cluster: Cluster, project: Path) -> Iterator[str]:
    """Delete the Pods that a project's runs of this user on this machine left: for inspection, detached, or killed.

    Yields a line for each, removed or left and why. Raise NoCluster.
    """
    for pod in left_pods(cluster, PodOwner.current()):
        if pod.project == names.project_label(project):
            try:
                cluster.delete_pod(pod.name)
            except (Refused, NoAnswer) as error:
                yield f"left the Pod {pod.name} behind: {cut(str(error))}"
            else:
                yield f"removed the Pod {pod.name}"


def left_pods(cluster: Cluster, me: PodOwner) -> Sequence[LeftPod]:
    """Return the Pods of this user's runs on this machine that no process is with any more. Raise NoCluster."""
    found = []
    for pod in _mine(cluster, me):
        metadata = pod.get("metadata", {})
        annotations = metadata.get("annotations") or {}
        owner = PodOwner.read(annotations.get(names.OWNER, ""))
        run = str(annotations.get(names.DETACHED, ""))
        if owner and owner.is_dead(me) and "deletionTimestamp" not in metadata and not is_resumed(run):
            project = (metadata.get("labels") or {}).get(names.PROJECT, "")
            kept, detached = names.KEPT in annotations, is_detached(run, time.time())
            found.append(LeftPod(str(metadata["name"]), project, kept, detached))
    return found


def is_resumed(folder: str) -> bool:
    """Return whether somebody has come back to a run, by its folder; empty is none."""
    owner = Owner.read(Path(folder, "owner")) if folder else None
    return bool(owner and owner.alive())


def is_detached(folder: str, now: float) -> bool:
    """Return whether a run is detached and within its limit, by its folder; empty is none."""
    found = detached_jobs(Path(folder)) if folder else None
    return found is not None and now < found.until


def _mine(cluster: Cluster, me: PodOwner) -> list[dict[str, Any]]:
    """Return this user's Pods: the first question that takes a right. Raise NoCluster if no job can run here."""
    try:
        return cluster.list_pods(names.of_owner(me))
    except Refused as refused:
        hint = (
            f"{role_hint()}; `kubectl auth can-i --list --namespace {cluster.namespace}` shows what you may do there."
        )
        raise NoCluster(
            Problem(f"jobs cannot run in the cluster of context {cluster.context}: {refused.message}", None, hint)
        ) from None
    except NoAnswer as error:
        raise NoCluster(Problem(f"the cluster of context {cluster.context} does not answer: {error}")) from None
