"""What the user has chosen for the cluster, as values that the Pod's spec is made of."""

from __future__ import annotations

from typing import Literal

from ...dataclass import dataclass
from ...runtime.task import Settings

Toleration = dict[str, str]
"""One entry of ``tolerations`` in a Pod's spec."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ClusterChoices:
    """The options and settings of a run on a cluster; ci/options/engine_options.py says what each is."""

    context: str = ""
    namespace: str = ""
    service_account: str = ""
    node_selector: tuple[tuple[str, str], ...] = ()
    tolerations: tuple[str, ...] = ()
    """As kubectl writes taints: ``key``, ``key=value``, ``key:effect``, ``key=value:effect``."""
    image_pull_secrets: tuple[str, ...] = ()
    security: Literal["baseline", "restricted"] = "baseline"
    resources: float = 1.0
    """The part of a resource class that the primary container gets; 0 sets no resources."""
    service_resources: tuple[float, float] | None = None
    """CPUs and GiB of memory of each service container; None sets no resources."""
    pending_timeout: float = 1800.0
    silence_limit: float = 300.0
    detach_timeout: float = 8 * 3600.0
    on_lost: Literal["fail", "retry"] = "fail"
    store: str = ""
    """The URL of the object store that workspaces and caches go to; empty if they come to this machine."""
    cache_volume: str = ""
    """The claim of the volume that caches lie on; empty if there is none."""
    repository: str = ""
    """Where images that the project builds are pushed; empty loads them into kind, k3d or minikube."""
    brought: tuple[str, ...] = ()
    """Images that the nodes have from this machine, and that may be in no registry."""
    pull: str = "missing"
    platform: str = ""
    extra_seconds: float = 0.0
    """How much longer than a job's limit its Pod may live, because the job may be paused or kept."""
    variables: tuple[tuple[str, str], ...] = ()
    """What the processes of the primary container have besides the image's variables."""


def cluster_choices(settings: Settings, extra_seconds: float = 0.0) -> ClusterChoices:
    """Return the choices that a run's settings hold."""
    return ClusterChoices(
        context=settings.kube_context,
        namespace=settings.kube_namespace,
        service_account=settings.kube_service_account,
        node_selector=tuple(_pair(each) for each in settings.kube_node_selector),
        tolerations=settings.kube_tolerations,
        image_pull_secrets=settings.kube_image_pull_secrets,
        security="restricted" if settings.kube_security == "restricted" else "baseline",
        resources=settings.kube_resources,
        service_resources=settings.kube_service_resources,
        pending_timeout=settings.kube_pending_timeout,
        silence_limit=settings.kube_silence_limit,
        detach_timeout=settings.kube_detach_timeout,
        on_lost="retry" if settings.kube_on_lost == "retry" else "fail",
        store=settings.kube_store,
        cache_volume=settings.kube_cache_volume,
        repository=settings.kube_repository,
        pull=settings.pull,
        platform=settings.platform,
        extra_seconds=extra_seconds,
    )


def _pair(text: str) -> tuple[str, str]:
    name, _, value = text.partition("=")
    return name, value


def toleration(text: str) -> Toleration:
    """Return the entry of a Pod's spec for one toleration.

    https://kubernetes.io/docs/concepts/scheduling-eviction/taint-and-toleration/
    """
    taint, _, effect = text.partition(":")
    key, equals, value = taint.partition("=")
    found = {"key": key, "operator": "Equal", "value": value} if equals else {"key": key, "operator": "Exists"}
    return {**found, "effect": effect} if effect else found
