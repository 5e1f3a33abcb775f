"""The options that engines must know, a part of the table; see options/table.py."""

from __future__ import annotations

import os
import re
from typing import Any

from ..dataclass import dataclass
from . import values
from .declaration import Consent, option, table_setting
from .groups import CLUSTER, PLACE, REACHING, REUSE, RUN


def cluster_setting(key: str, **declared: Any) -> Any:
    """Declare a setting of ``[tool.nox-circleci.kubernetes]``."""
    return table_setting("kubernetes", key, **{"group": CLUSTER, "commands": RUN, "default": "", **declared})


@dataclass(frozen=True, slots=True, kw_only=True)
class EngineOptions:
    """The options that engines must know."""

    isolation: str = option(
        "--isolation", layered=True, group=PLACE, commands=RUN, choices=("auto", "namespace", "folder"), default="auto",
        help="how to isolate jobs on the host engine (default: auto, a mount namespace if possible)",
        consent=Consent("jobs on this machine are isolated less than you have set", harmless="namespace"),
    )  # fmt: skip
    share: tuple[str, ...] = option(
        "--share", layered=True, group=PLACE, commands=RUN, metavar="FOLDER", convert=values.folder, default=(),
        separators=re.escape(os.pathsep),
        help="a folder of yours that jobs on the host engine see and write to (repeatable)",
        consent=Consent("jobs on this machine read and write this folder"),
    )  # fmt: skip
    pull: str = option(
        "--pull", layered=True, group=PLACE, commands=RUN, choices=("never", "missing", "always"), default="missing",
        help="when to pull images (default: missing)",
    )  # fmt: skip
    platform: str = option(
        "--platform", layered=True, group=PLACE, commands=RUN, metavar="OS/ARCH", default="",
        help="the images' platform",
    )  # fmt: skip
    machine: str = option(
        "--machine", layered=True, group=PLACE, commands=RUN, choices=("host",), default="",
        help="run machine executors on this machine",
        consent=Consent("machine executors run on this machine, not in containers"),
    )  # fmt: skip
    keep: bool = option(
        "--keep", layered=True, group=PLACE, commands=RUN, default=False,
        help="keep each job's containers, or on the host engine its folder, for inspection",
    )  # fmt: skip
    host_ca: bool = option(
        "--no-host-ca", layered=True, group=PLACE, commands=RUN, default=True,
        help="do not pass this machine's certificates to containers",
    )  # fmt: skip
    allow_docker: bool = option(
        "--allow-docker", layered=True, group=PLACE, commands=RUN, default=False,
        help="offer this machine's Docker engine to the jobs",
        consent=Consent("jobs may use this machine's Docker engine, and with it everything here", harmless=False),
    )  # fmt: skip
    ssh_agent: bool = option(
        "--ssh-agent", layered=True, group=PLACE, commands=RUN, default=False,
        help="offer your ssh agent to add_ssh_keys",
        consent=Consent("jobs may use the keys of your ssh agent", harmless=False),
    )  # fmt: skip
    tty: bool = option(
        "--tty", layered=True, group=PLACE, commands=RUN, default=False,
        help="give steps a terminal to write to",
    )  # fmt: skip
    reuse_tools: tuple[str, ...] = option(
        "--reuse-tools", layered=True, group=REUSE, commands=RUN, metavar="NAME", default=(),
        separators=r"[,\s]+",
        help="a command whose version counts for jobs on the host engine: with it they can be reused (repeatable)",
        consent=Consent("this command of yours is run, outside of a job, to ask for its version"),
    )  # fmt: skip
    kube_context: str = option(
        "--kube-context", layered=True, group=CLUSTER, commands=REACHING, metavar="NAME", default="",
        help="the context of your kubeconfig (default: its current one)",
        consent=Consent("jobs run on that cluster, with your rights there"),
    )  # fmt: skip
    kube_namespace: str = option(
        "--namespace", layered=True, group=CLUSTER, commands=REACHING, metavar="NAME", default="",
        convert=values.dns_name,
        help="the namespace of the jobs' Pods (default: the context's)",
        consent=Consent("jobs run in that namespace of your cluster"),
    )  # fmt: skip
    kube_on_lost: str = option(
        "--on-lost", layered=True, group=CLUSTER, commands=RUN, choices=("fail", "retry"), default="fail",
        help="what a job does whose Pod is lost, as with its node: fail (the default), or run again from its first "
        "step, which may run twice what it has done",
    )  # fmt: skip
    kube_service_account: str = cluster_setting(
        "service-account", metavar="NAME", convert=values.dns_name,
        help="the service account of the Pods, whose token they do not get",
        consent=Consent("jobs run as this service account of the namespace"),
    )  # fmt: skip
    kube_node_selector: tuple[str, ...] = cluster_setting(
        "node-selector", metavar="LABEL=VALUE", convert=values.node_label, default=(),
        help="a label that the Pods' nodes must have",
        consent=Consent("jobs run on nodes with this label"),
    )  # fmt: skip
    kube_tolerations: tuple[str, ...] = cluster_setting(
        "tolerations", metavar="KEY[=VALUE][:EFFECT]", convert=values.taint, default=(),
        help="a taint of nodes on which the Pods may run all the same",
        consent=Consent("jobs run on nodes with this taint too"),
    )  # fmt: skip
    kube_image_pull_secrets: tuple[str, ...] = cluster_setting(
        "image-pull-secrets", metavar="NAME", convert=values.dns_name, default=(),
        help="a Secret of the namespace with which images are pulled",
        consent=Consent("images are pulled with this Secret of the namespace"),
    )  # fmt: skip
    kube_security: str = cluster_setting(
        "security", choices=("baseline", "restricted"), default="baseline",
        help="baseline (the default): sudo works; restricted: what a namespace of that Pod security standard demands: "
        "no user root, no capabilities, no sudo",
        consent=Consent("jobs have more rights on their node than you have set", harmless="restricted"),
    )  # fmt: skip
    kube_resources: float = cluster_setting(
        "resources", metavar="FACTOR", convert=values.factor, default=1.0,
        help="the part of its resource class that a job asks for and gets: 0.5 is half of it, 0 sets no requests and "
        "limits (default: 1)",
    )  # fmt: skip
    kube_service_resources: tuple[float, float] | None = cluster_setting(
        "service-resources", metavar="CPUS/GIB", convert=values.cpus_and_memory, default=None,
        help="what each service container asks for and gets, such as 0.5/1, in a namespace whose quota demands that "
        "(default: no requests and limits)",
    )  # fmt: skip
    kube_pending_timeout: float = cluster_setting(
        "pending-timeout", metavar="TIME", convert=values.duration, default=1800.0,
        help="give a job up that waits so long for a node, or for its quota (default: 30m)",
    )  # fmt: skip
    kube_silence_limit: float = cluster_setting(
        "silence-limit", metavar="TIME", convert=values.duration, default=300.0,
        help="a Pod ends itself if it has not heard from this machine for so long (default: 5m)",
    )  # fmt: skip
    kube_detach_timeout: float = cluster_setting(
        "detach-timeout", metavar="TIME", convert=values.duration, default=8 * 3600.0,
        help="how long the Pods of a detached run go on without this machine (default: 8h)",
    )  # fmt: skip
    kube_repository: str = cluster_setting(
        "repository", metavar="REGISTRY/PATH", default="",
        help="where the images that the project builds are pushed for the cluster (default: they are loaded into "
        "kind, k3d or minikube)",
        consent=Consent("images that the project builds are pushed there, as you"),
    )  # fmt: skip
    kube_store: str = cluster_setting(
        "store", metavar="s3://BUCKET/PREFIX", convert=values.store,
        help="an object store that the jobs' workspaces and caches go to from Pod to Pod, with your AWS credentials; "
        "needs the package s3fs (default: they go through this machine)",
        consent=Consent("workspaces and caches go to this store, by URLs that your AWS credentials sign"),
    )  # fmt: skip
    kube_cache_volume: str = cluster_setting(
        "cache-volume", metavar="CLAIM", convert=values.dns_name,
        help="a claim of a volume in the namespace, on which caches lie (default: they go where workspaces go)",
        consent=Consent("jobs read and write this volume of the namespace"),
    )  # fmt: skip
    detach: bool = option(
        "--detach", group=CLUSTER, commands=RUN, default=False,
        help="with --engine kubernetes: leave the jobs that can start to the cluster, and end; `resume` comes back to "
        "them, and has the jobs run that wait",
    )  # fmt: skip
    node: int | None = None
    """The one node of each job that runs, counted from 0; None for all of them."""
    docker_host: str = ""
    """The address of the container engine, as in DOCKER_HOST; empty if that is as the environment has it."""
