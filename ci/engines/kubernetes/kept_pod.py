"""The Pod of a job that --keep has kept, once its run has ended."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager

from ... import process
from ...errors import EngineError, Problem
from ...runtime.failures import JobError, StepError
from ...runtime.task import Task
from ..container.channel import Channel
from ..container.shells import JobShells, ignore
from . import names
from .box import KubernetesBox
from .choices import cluster_choices
from .cluster.connection import Cluster, connect
from .cluster.kubeconfig import Target
from .pod import Pod
from .pod_access import PodAccess, task_folder
from .pod_owner import PodOwner


@contextmanager
def kept_box(task: Task) -> Iterator[KubernetesBox]:
    """Have the box of a kept job. Raise EngineError if it is no more."""
    choices = cluster_choices(task.settings)
    selector = names.of_run(task.run, PodOwner.current())
    try:
        with ExitStack() as ending:
            cluster = ending.enter_context(connect(Target(choices.context, choices.namespace)))
            watch = cluster.watch(selector)
            ending.callback(watch.close)
            pod = ending.enter_context(Pod(cluster, watch, _find(cluster, selector, task), choices, keep=True))
            access = PodAccess(pod)
            folder = task_folder(pod.name)
            channel = Channel(
                lambda args: access.open(*args, stdin=process.PIPE), f"{folder}/again", access.ended_reason
            )
            ending.callback(channel.close)
            channel.receive(ignore)
            shells = JobShells(access, folder, channel, (), False)
            ending.callback(shells.close)
            yield KubernetesBox(pod, access, shells, task, ())
    except (JobError, StepError) as error:
        raise EngineError(Problem(str(error))) from None


def _find(cluster: Cluster, selector: str, task: Task) -> str:
    """Return the name of a kept job's Pod that still runs."""
    for pod in cluster.list_pods(selector):
        metadata, phase = pod["metadata"], pod.get("status", {}).get("phase")
        if (metadata.get("annotations") or {}).get(names.JOB) == task.label and phase == "Running":
            return str(metadata["name"])
    raise EngineError(Problem(f"no Pod of {task.label} of run {task.run} is left running"))
