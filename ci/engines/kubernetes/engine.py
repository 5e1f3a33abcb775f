"""The engine kubernetes: a Pod of the user's cluster for each job node."""

from __future__ import annotations

import time
from collections.abc import Sequence
from contextlib import AbstractContextManager, ExitStack
from functools import partial
from pathlib import Path

from ...events import Emit, Notice
from ...runtime.box import Box
from ...runtime.task import Settings, Task
from ...workflow.job_instances import JobInstance
from ...workflow.plan import Plan
from ..protocol import Leaving, Ready
from . import names
from .box import NAME
from .choices import cluster_choices
from .cluster.connection import connect
from .cluster.kubeconfig import Target
from .cluster.kubectl_proxy import missing_tool
from .jobs_at_once import places_for
from .local_images import LocalImages, bring
from .pod_archives import archive_places
from .pod_jobs import PodJobs
from .pod_owner import PodOwner
from .skipping import job_skip_reason, platform_refusal
from .survey import survey
from .sweep import sweep


class KubernetesEngine:
    """See engines/protocol.py. ``local_images`` builds and pushes what the project builds."""

    name = NAME

    def __init__(self, local_images: LocalImages) -> None:
        self._local_images = local_images

    def unavailable_reason(self, settings: Settings) -> str | None:
        return missing_tool() or platform_refusal(settings.platform)

    def adapt_plan(self, plan: Plan, settings: Settings) -> Plan:
        return plan

    def preview(self, instance: JobInstance, settings: Settings) -> Sequence[str]:
        images = instance.job.images if instance.job else ()
        return [f"in a Pod with {image.image}" for image in images[:1]]

    def listen_and_reach(self) -> tuple[str, str]:
        """The endpoint listens here alone; a relay in the Pod brings what comes to the same address there."""
        return "127.0.0.1", "127.0.0.1"

    def skip_reason(self, instance: JobInstance, settings: Settings) -> str | None:
        return job_skip_reason(instance.job, settings) if instance.job else None

    def prepare(self, instances: Sequence[JobInstance], settings: Settings, emit: Emit) -> Ready:
        choices, owner = cluster_choices(settings), PodOwner.current()
        archives = archive_places(choices, settings.project)
        with ExitStack() as opening:
            cluster = opening.enter_context(connect(Target(choices.context, choices.namespace)))
            for name in sweep(cluster, owner):
                emit(Notice(time.time(), f"deleted the Pod {name}, which a killed run left"))
            wanted = {image.image: image for each in instances if each.job for image in each.job.images}
            names_there = bring(self._local_images, cluster.target, choices, wanted, settings, emit)
            watch = cluster.watch(names.of_owner(owner))
            opening.callback(watch.close)
            places = places_for(sum(each.job.parallelism for each in instances if each.job))
            jobs = PodJobs(cluster, watch, choices, owner, places, names_there, archives=archives)
            opening.callback(jobs.end_left)
            opening.callback(jobs.living.close)
            ending = opening.pop_all()
        place = f"context {cluster.context}, namespace {cluster.namespace}"
        reached = {"kube_context": cluster.context, "kube_namespace": cluster.namespace}
        leaving = Leaving(place, reached, choices.detach_timeout, jobs.keep_left, jobs.end_unreached)
        return Ready(jobs.run, survey=partial(survey, cluster), close=ending.close, leaving=leaving)

    def reopen(self, task: Task, kept: Path) -> AbstractContextManager[Box]:
        from .kept_pod import kept_box

        return kept_box(task)
