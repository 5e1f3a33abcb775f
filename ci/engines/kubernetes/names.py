"""Names, labels and annotations of Pods.

A label can be searched for, but takes 63 characters of few kinds: it holds a shortened name or a hash. The true names
stand in annotations. https://kubernetes.io/docs/concepts/overview/working-with-objects/names/
"""

from __future__ import annotations

import hashlib
import re
import socket
from collections.abc import Mapping

from ...runtime.task import Task
from .pod_owner import PodOwner

PROGRAM = "nox-circleci"
MANAGED_BY = "app.kubernetes.io/managed-by"
PROJECT, RUN, JOB, NODE, OWNER = (f"{PROGRAM}/{each}" for each in ("project", "run", "job", "node", "owner"))
"""Keys of labels; all but NODE are keys of annotations too."""
RESOURCE_CLASS = f"{PROGRAM}/resource-class"
"""The key of an annotation."""
KEPT = f"{PROGRAM}/kept"
"""The annotation of a Pod that its run leaves for inspection."""
DETACHED = f"{PROGRAM}/detached"
"""The annotation of a Pod that may go on without its run: the run's folder, which says whether it does."""
LONGEST = 63
DEFAULT_CLASS = "medium"
_PREFIX = "nox-"
_HASH = 10
_LABEL = re.compile(r"[A-Za-z0-9]([A-Za-z0-9_.-]{0,61}[A-Za-z0-9])?")


def pod_name(run: str, job: str, salt: str) -> str:
    """Return a Pod's name, which is its host name too: the job's letters, and a hash that no other Pod has.

    ``salt`` tells apart the Pods of one job node, and those of two runs that have one id on two machines.
    """
    digest = short_hash("\0".join((run, job, salt)))
    letters = _letters(job.lower(), "[^a-z0-9]+")[: LONGEST - len(_PREFIX) - 1 - _HASH].strip("-")
    return f"{_PREFIX}{letters or 'job'}-{digest}"


def label_value(text: str) -> str:
    """Return a text as a label's value: itself if that is allowed, else its letters with a hash of it."""
    if not text or _LABEL.fullmatch(text):
        return text
    letters = _letters(text, r"[^A-Za-z0-9_.-]+")[: LONGEST - 1 - _HASH].strip("-_.")
    return f"{letters}-{short_hash(text)}" if letters else short_hash(text)


def short_hash(text: str) -> str:
    """Return some letters and digits that stand for a text."""
    return hashlib.sha256(text.encode("utf-8", "surrogateescape")).hexdigest()[:_HASH]


def labels(task: Task, owner: PodOwner) -> dict[str, str]:
    """Return the labels of a Pod."""
    return {
        MANAGED_BY: PROGRAM,
        PROJECT: project_label(task.settings.project),
        RUN: label_value(task.run),
        JOB: label_value(task.instance.name),
        NODE: str(task.node),
        OWNER: owner_label(owner),
    }


def true_names(task: Task, owner: PodOwner) -> dict[str, str]:
    """Return the true names. They are in plain sight of all who may read Pods."""
    found = {
        PROJECT: str(task.settings.project),
        RUN: task.run,
        JOB: task.label,
        OWNER: owner.written(),
        **({KEPT: "yes"} if task.settings.keep else {}),
        **({DETACHED: str(task.settings.project / task.settings.state / "runs" / task.run)} if task.hands_over else {}),
        RESOURCE_CLASS: task.job.resource_class or DEFAULT_CLASS,
        # a Pod that is moved loses its job
        "cluster-autoscaler.kubernetes.io/safe-to-evict": "false",
        "karpenter.sh/do-not-disrupt": "true",
    }
    return {key: value.encode("utf-8", "replace").decode() for key, value in found.items()}


def project_label(project: object) -> str:
    """Return the label's value of a project: a hash of its folder."""
    return short_hash(str(project))


def project_folder(project: object) -> str:
    """Return the name of a project's folder in a store or on a volume, which no other project on this machine has."""
    return f"nox-circleci-{short_hash(f'{socket.gethostname()}:{project}')}"


def owner_label(owner: PodOwner) -> str:
    """Return the label's value of an owner: a hash of the user and the machine."""
    return short_hash(owner.identity)


def selector(wanted: Mapping[str, str]) -> str:
    """Return what finds the Pods that have all those labels."""
    return ",".join(f"{key}={value}" for key, value in wanted.items())


def of_run(run: str, owner: PodOwner) -> str:
    """Return what finds the Pods of a run."""
    return selector({MANAGED_BY: PROGRAM, OWNER: owner_label(owner), RUN: label_value(run)})


def of_owner(owner: PodOwner) -> str:
    """Return what finds the Pods of all runs of a user on this machine."""
    return selector({MANAGED_BY: PROGRAM, OWNER: owner_label(owner)})


def _letters(text: str, others: str) -> str:
    return re.sub(others, "-", text).strip("-_.")
