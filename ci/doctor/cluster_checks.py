"""Whether jobs can run on a cluster: asked only where a project, or its user, has chosen the engine or a context."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import Any

from ..engines.kubernetes.cluster.connection import Cluster, connect
from ..engines.kubernetes.cluster.kubeconfig import Target
from ..engines.kubernetes.cluster.kubectl_proxy import missing_tool
from ..engines.kubernetes.rights import missing_rights
from ..errors import EngineError
from ..options.table import Options
from .check import Check

NAME = "kubernetes"
LEVEL = "pod-security.kubernetes.io/enforce"
"""https://kubernetes.io/docs/concepts/security/pod-security-admission/"""
ROLE = "kubectl apply -f docs/kubernetes-role.yaml, and a RoleBinding for you"
_BYTES = {"Ki": 2**10, "Mi": 2**20, "Gi": 2**30, "": 1}


def cluster_checks(options: Options) -> Iterator[Check]:
    """Yield what there is to say of the cluster that the options name."""
    if options.engine != NAME and not options.kube_context:
        return
    if reason := missing_tool():
        yield Check(NAME, "error", reason)
        return
    try:
        with connect(Target(options.kube_context, options.kube_namespace)) as cluster:
            yield Check(NAME, "ok", f"context {cluster.context} answers, namespace {cluster.namespace}")
            yield from _rights(cluster)
            yield from _security(cluster.namespace_labels(), options.kube_security)
            yield from nodes(cluster.nodes())
    except EngineError as error:
        problem = error.problems[0]
        yield Check(NAME, "error", problem.message, problem.hint)


def _rights(cluster: Cluster) -> Iterator[Check]:
    missing = list(missing_rights(cluster.rules()))
    for right in missing:
        yield Check("rights", "error" if right.needed else "warning", f"you may not {right}: {right.purpose}", ROLE)
    if not missing:
        yield Check("rights", "ok", "all that a run needs")


def _security(labels: dict[str, str] | None, chosen: str) -> Iterator[Check]:
    level = (labels or {}).get(LEVEL, "")
    if level == "restricted" and chosen != "restricted":
        text = "the namespace takes restricted Pods alone, in which sudo does not work"
        yield Check("security", "error", text, 'security = "restricted" in [tool.nox-circleci.kubernetes]')
    elif labels is not None:
        yield Check("security", "ok", f"the namespace enforces {level or 'no Pod security standard'}")


def nodes(found: Sequence[dict[str, Any]] | None) -> Iterator[Check]:
    """Yield how large a job may be: what the largest node can give; nothing where nodes may not be listed."""
    if not found:
        return
    given = [each["status"]["allocatable"] for each in found]
    cpus = max(_cpus(each["cpu"]) for each in given)
    memory = max(_bytes(each["memory"]) for each in given) / 2**30
    kinds = ", ".join(sorted({each["status"]["nodeInfo"]["architecture"] for each in found}))
    text = f"{len(found)}, {kinds}; the largest has {cpus:g} CPUs and {memory:.1f} GiB for Pods"
    yield Check("nodes", "ok", text)


def _cpus(text: str) -> float:
    return int(text[:-1]) / 1000 if text.endswith("m") else float(text)


def _bytes(text: str) -> int:
    number, unit = re.fullmatch(r"(\d+)(\D*)", text).groups()  # type: ignore[union-attr]
    return int(number) * _BYTES.get(unit, 1)
