"""A job's Pod as a manifest: the primary container, which the agent keeps, and a container for each service.

No value of a secret, a context or a step's variable stands in it: all who may read Pods can read it. The variables of
services do: they are the config's own. https://kubernetes.io/docs/reference/kubernetes-api/workload-resources/pod-v1/
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from ...runtime.task import Task
from ...workflow.model import Image, Job, Pairs, RestoreCache, SaveCache
from ..container import resources
from . import names
from .choices import ClusterChoices, toleration
from .pod_owner import PodOwner

Manifest = dict[str, Any]

SPOOL = "/.nox-circleci"
"""Where the agent has its files: steps may remove all of /tmp."""
VOLUME_AT = f"{SPOOL}-caches"
"""Where the volume for caches is in a primary container: the project's own folder of it."""
ENDING = f"{SPOOL}-end"
"""Where the agent leaves a mark that the Pod is at its end, for its services."""
PRIMARY = "primary"
SERVICE = "service-"
POLICIES = {"never": "Never", "missing": "IfNotPresent", "always": "Always"}
ENDS_WITH_THE_AGENT: Manifest = {
    "exec": {"command": ["sh", "-c", f"! [ -e {ENDING}/over ]"]},
    "periodSeconds": 10,
    "timeoutSeconds": 60,
    "failureThreshold": 1,
}
"""A service's probe: where the agent has ended for want of news, nobody is left to delete the Pod, and its services
would go on. An image without a shell counts as alive: what cannot be run is no failure of a probe. What takes too long
is one: a busy node has a minute.

https://kubernetes.io/docs/tasks/configure-pod-container/configure-liveness-readiness-startup-probes/
"""
DEADLINE_MARGIN = 1800
"""Seconds for what is not the job's own time: its images are pulled, its files move."""
_HOST_NAME = re.compile(r"[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?(\.[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?)*")
_USER = re.compile(r"(root|\d{1,10})(?::(root|\d{1,10}))?")


def pod_manifest(
    name: str, task: Task, wanted: Sequence[Image], agent: str, choices: ClusterChoices, owner: PodOwner
) -> Manifest:
    """Return the Pod of one job node; ``wanted`` are its images, the primary's first, ``agent`` a shell's text."""
    return {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {
            "name": name,
            "labels": names.labels(task, owner),
            "annotations": names.true_names(task, owner),
        },
        "spec": {
            "containers": list(_containers(task, wanted, agent, choices)),
            "volumes": [
                *({"name": each, "emptyDir": {}} for each in ("spool", "ending")),
                *({"name": "caches", "persistentVolumeClaim": {"claimName": each}} for each in _claims(task, choices)),
            ],
            "restartPolicy": "Never",
            "automountServiceAccountToken": False,
            "enableServiceLinks": False,
            "terminationGracePeriodSeconds": 1,
            "activeDeadlineSeconds": int(task.settings.job_seconds + DEADLINE_MARGIN + choices.extra_seconds),
            "securityContext": _pod_security(choices),
            "nodeSelector": _node_selector(task.job, choices),
            **_host_aliases(wanted),
            **_placement(choices),
        },
    }


def _claims(task: Task, choices: ClusterChoices) -> list[str]:
    """Return the claim of the volume for caches, for a job that has caches."""
    used = any(isinstance(step, SaveCache | RestoreCache) for step in task.job.steps)
    return [choices.cache_volume] if choices.cache_volume and used else []


def _containers(task: Task, wanted: Sequence[Image], agent: str, choices: ClusterChoices) -> Iterator[Manifest]:
    primary, *services = wanted
    # a folder that the cluster makes: no step of another project's job sees into it
    own = names.project_folder(task.settings.project)
    program = primary_program(primary)
    yield {
        **_container(PRIMARY, primary, choices),
        "command": literal(["sh", "-c", agent, names.PROGRAM]),
        **({"args": literal(program)} if program else {}),
        **_variables(choices.variables),
        "volumeMounts": [
            {"name": "spool", "mountPath": SPOOL},
            {"name": "ending", "mountPath": ENDING},
            *({"name": "caches", "mountPath": VOLUME_AT, "subPath": own} for _ in _claims(task, choices)),
        ],
        **_resources(resources.known(task.job) or resources.DEFAULT, choices.resources),
    }
    for number, image in enumerate(services, 1):
        yield {
            **_container(f"{SERVICE}{number}", image, choices),
            **({"command": literal(image.entrypoint)} if image.entrypoint else {}),
            **({"args": literal(image.command)} if image.command else {}),
            **_variables(image.environment),
            "volumeMounts": [{"name": "ending", "mountPath": ENDING, "readOnly": True}],
            "livenessProbe": ENDS_WITH_THE_AGENT,
            **(_resources(choices.service_resources, 1.0) if choices.service_resources else {}),
        }


def _container(name: str, image: Image, choices: ClusterChoices) -> Manifest:
    security: Manifest = {}
    if choices.security == "restricted":
        security = {"allowPrivilegeEscalation": False, "capabilities": {"drop": ["ALL"]}}
    security |= run_as(image.user) or {}
    return {
        "name": name,
        "image": image.image,
        "imagePullPolicy": POLICIES["missing" if image.image in choices.brought else choices.pull],
        # so that its last lines stand in the Pod's status, for which no right to read logs is needed
        "terminationMessagePolicy": "FallbackToLogsOnError",
        **({"securityContext": security} if security else {}),
    }


def primary_program(image: Image) -> list[str]:
    """Return what the config has the primary container run beside the steps, as arguments of the agent.

    Without an ``entrypoint`` a ``command`` stands alone: the image's own entrypoint is not known here. The variables
    that the config sets are the program's alone.
    https://circleci.com/docs/reference/configuration-reference/#docker
    """
    program = [*(image.entrypoint or ()), *(image.command or ())]
    if not program or not image.environment:
        return program
    return ["env", *(f"{name}={value}" for name, value in dict(image.environment).items()), *program]


def run_as(user: str) -> Manifest | None:
    """Return who a container runs as: nothing for the image's own user; None for a name, which no cluster can look up.

    ``runAsUser`` is a number; the name ``root`` is always 0.
    """
    if not user:
        return {}
    found = _USER.fullmatch(user)
    if found is None:
        return None
    own, group = (None if each is None else int(each.replace("root", "0")) for each in found.groups())
    return {"runAsUser": own, **({} if group is None else {"runAsGroup": group})}


def literal(words: Iterable[str]) -> list[str]:
    """Return words that reach the container as they are: a cluster replaces ``$(NAME)``, and has ``$$`` for ``$``.

    https://kubernetes.io/docs/tasks/inject-data-application/define-command-argument-container/
    """
    return [word.replace("$", "$$") for word in words]


def _variables(variables: Pairs) -> Manifest:
    found = dict(variables)
    if not found:
        return {}
    return {"env": [{"name": key, "value": value} for key, value in zip(found, literal(found.values()), strict=True)]}


def _resources(size: tuple[float, float], factor: float) -> Manifest:
    """Return CPUs and GiB as requests and limits: the container gets that, and no more."""
    if not factor:
        return {}
    cpus, memory = size
    wanted = {
        "cpu": f"{max(1, round(cpus * factor * 1000))}m",
        "memory": f"{max(1, round(memory * factor * 1024))}Mi",
    }
    return {"resources": {"requests": wanted, "limits": wanted}}


def _pod_security(choices: ClusterChoices) -> Manifest:
    """Return what holds for all containers: a baseline in which sudo works, or what a restricted namespace demands.

    https://kubernetes.io/docs/concepts/security/pod-security-standards/
    """
    found: Manifest = {"seccompProfile": {"type": "RuntimeDefault"}}
    return {**found, "runAsNonRoot": True} if choices.security == "restricted" else found


def _node_selector(job: Job, choices: ClusterChoices) -> dict[str, str]:
    architecture = wanted_architecture(job, choices)
    found = {"kubernetes.io/os": "linux", **({"kubernetes.io/arch": architecture} if architecture else {})}
    return {**found, **dict(choices.node_selector)}


def wanted_architecture(job: Job, choices: ClusterChoices) -> str:
    """Return the architecture that a job's node must have, as Go names it; empty if any will do."""
    if choices.platform:
        parts = choices.platform.split("/")
        return parts[1] if len(parts) > 1 else parts[0]
    return "arm64" if job.resource_class.startswith("arm.") else ""


def _host_aliases(wanted: Sequence[Image]) -> Manifest:
    """Return the names by which a job's containers find each other: they share one network.

    https://circleci.com/docs/reference/configuration-reference/#docker
    """
    found = list(dict.fromkeys(host_name(image.name) for image in wanted if image.name))
    return {"hostAliases": [{"ip": "127.0.0.1", "hostnames": found}]} if found else {}


def host_name(name: str) -> str:
    """Return a container's name as a host's: a cluster takes small letters alone."""
    return name.lower()


def is_host_name(name: str) -> bool:
    """Return whether a cluster takes a container's name as a host's, which has no ``_``."""
    return len(name) <= 253 and _HOST_NAME.fullmatch(host_name(name)) is not None


def _placement(choices: ClusterChoices) -> Manifest:
    found: Manifest = {
        "tolerations": [*(toleration(each) for each in choices.tolerations), *_of_lost_nodes(choices)],
        "imagePullSecrets": [{"name": each} for each in choices.image_pull_secrets],
        "serviceAccountName": choices.service_account,
    }
    return {key: value for key, value in found.items() if value}


def _of_lost_nodes(choices: ClusterChoices) -> Iterator[Manifest]:
    """Yield how long a Pod stays on a node that does not answer: as long as it would wait for news itself.

    https://kubernetes.io/docs/concepts/scheduling-eviction/taint-and-toleration/#taint-based-evictions
    """
    for taint in ("not-ready", "unreachable"):
        key = f"node.kubernetes.io/{taint}"
        seconds = int(choices.silence_limit)
        yield {"key": key, "operator": "Exists", "effect": "NoExecute", "tolerationSeconds": seconds}
