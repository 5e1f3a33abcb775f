"""Whether jobs can run on a cluster: asked only where a project, or its user, has chosen the engine or a context."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import Any, Protocol

from ..dataclass import replace
from ..engines.kubernetes.cluster.api_refusals import NoAnswer, Refused
from ..engines.kubernetes.cluster.connection import Cluster, connect
from ..engines.kubernetes.cluster.kubeconfig import Target
from ..engines.kubernetes.cluster.kubectl_proxy import kubectl, missing_tool
from ..engines.kubernetes.pod_owner import PodOwner
from ..engines.kubernetes.rights import missing_rights
from ..engines.kubernetes.sweep import left_pods
from ..errors import EngineError, cut
from ..options.table import Options
from ..process import capture
from ..runtime.storage.object_store import ObjectStore
from ..runtime.storage.stored_archive import StoreError
from ..system.command_names import typed_command
from .check import APART, SECONDS, Check

NAME = "kubernetes"
LEVEL = "pod-security.kubernetes.io/enforce"
"""https://kubernetes.io/docs/concepts/security/pod-security-admission/"""
ROLE = (
    "{role} | kubectl apply --namespace {namespace} -f - and "
    "kubectl create rolebinding nox-circleci --namespace {namespace} --role nox-circleci --user YOU"
)
_VERSION = re.compile(r"\d+(\.\d+)+")
_BYTES = {"Ki": 2**10, "Mi": 2**20, "Gi": 2**30, "": 1}


class Rights(Protocol):
    """What knows the rights of a user; see Cluster."""

    namespace: str

    def rules(self) -> list[dict[str, Any]]: ...
    def may(self, verb: str, resource: str) -> bool: ...
    def version(self) -> str: ...


def cluster_checks(options: Options) -> Iterator[Check]:
    """Yield what there is to say of the cluster that the options name."""
    if options.engine != NAME and not options.kube_context:
        return
    yield from store(options.kube_store)
    if reason := missing_tool():
        yield Check(NAME, "error", reason)
        return
    try:
        with connect(Target(options.kube_context, options.kube_namespace)) as cluster:
            yield _answers(cluster)
            yield from rights(cluster)
            yield from _security(cluster.namespace_labels(), options.kube_security)
            yield from nodes(cluster.nodes())
            yield from _left(cluster)
    except EngineError as error:
        problem = error.problems[0]
        yield Check(NAME, "error", problem.message, problem.hint)


def store(url: str) -> Iterator[Check]:
    """Yield whether URLs of the object store can be signed, if there is one: who reaches it is the Pods' matter."""
    if not url:
        return
    try:
        ObjectStore(url).signed("head", "doctor")
    except StoreError as error:
        yield Check("store", "error", str(error))
    else:
        yield Check("store", "ok", f"{url}: URLs can be signed; a job shows whether Pods reach it")


def _answers(cluster: Cluster) -> Check:
    client = _VERSION.search(capture([kubectl(), "version", "--client"], APART, timeout=SECONDS).stdout)
    unknown = "of an unknown version"
    versions = (
        f"kubectl {client[0] if client else unknown}, Kubernetes {cluster.version().removeprefix('v') or unknown}"
    )
    return Check(NAME, "ok", f"{versions}; context {cluster.context} answers, namespace {cluster.namespace}")


def rights(cluster: Rights) -> Iterator[Check]:
    """Yield each right that is missing, or that there is none.

    Not every authorizer lists its rules: what the list lacks is asked for one by one.
    """
    try:
        listed = missing_rights(cluster.rules(), cluster.version())
        found = [(each, tuple(verb for verb in each.verbs if not cluster.may(verb, each.resource))) for each in listed]
    except (Refused, NoAnswer) as error:
        yield Check("rights", "warning", f"the cluster does not say what you may do: {cut(str(error))}")
        return
    missing = [replace(right, verbs=verbs) for right, verbs in found if verbs]
    fix = ROLE.format(role=typed_command("doctor --role"), namespace=cluster.namespace)
    for right in missing:
        yield Check("rights", "error" if right.needed else "warning", f"you may not {right}: {right.purpose}", fix)
    if not missing:
        yield Check("rights", "ok", "all that a run needs")


def _left(cluster: Cluster) -> Iterator[Check]:
    try:
        left = left_pods(cluster, PodOwner.current())
    except EngineError:
        return  # the right to list Pods is missing, which is said above
    if number := sum(not (each.kept or each.detached) for each in left):
        yield Check("Pods", "warning", f"{number} of runs of yours that were killed: the next run deletes them")
    if number := sum(each.detached for each in left):
        yield Check("Pods", "ok", f"{number} of detached runs; {typed_command('runs')} lists those of a project")
    if number := sum(each.kept for each in left):
        words = f"clean pods --kube-context {cluster.context} --namespace {cluster.namespace}"
        yield Check("Pods", "ok", f"{number} kept by --keep; {typed_command(words)} removes a project's")


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
    number = text.rstrip("KMGi")
    return int(number) * _BYTES.get(text.removeprefix(number), 1)
