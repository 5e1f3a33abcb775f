"""The docker engine: one container for each job, from the executor's first image."""

from __future__ import annotations

import time
from collections.abc import Collection, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager
from functools import cached_property
from pathlib import Path

from ...errors import EngineError
from ...events import Emit, Notice
from ...runtime.box import Box
from ...runtime.task import Settings, Task
from ...workflow.job_instances import JobInstance
from ...workflow.model import Image
from ...workflow.plan import Plan
from ..protocol import Engine, Ready, Surroundings
from . import client, containers
from .container_jobs import NAME, ContainerJobs, images_of, on_this_machine
from .images.store import ImageStore
from .network import address


class DockerEngine:
    """See engines/protocol.py. ``host_fallback`` runs machine executors if the user wants them on this machine."""

    name = NAME

    def __init__(self, host_fallback: Engine, search: client.Search) -> None:
        self._host_fallback = host_fallback
        self._search = search

    def unavailable_reason(self, settings: Settings) -> str | None:
        found = self.found
        if isinstance(found, client.NoEngine):
            return f"{found.reason}. Start Docker or Podman, or use --engine host"
        return None

    @cached_property
    def found(self) -> client.Client | client.NoEngine:
        """The engine's command line, or why there is none."""
        return self._search.result()

    @property
    def client(self) -> client.Client:
        if isinstance(self.found, client.NoEngine):
            raise EngineError(self.found.reason)
        return self.found

    @cached_property
    def images(self) -> ImageStore:
        """The images of a run."""
        return ImageStore(self.client)

    def adapt_plan(self, plan: Plan, settings: Settings) -> Plan:
        self.images.prefetch(self._wanted_images(plan.instances, settings))
        return plan

    def preview(self, instance: JobInstance, settings: Settings) -> Sequence[str]:
        if instance.job is None or on_this_machine(instance.job, settings):
            return ()
        wanted = images_of(instance.job, settings)
        return [f"in a container of {self.images.preview(image.image, settings)}" for image in wanted]

    def listen_and_reach(self) -> tuple[str, str]:
        return address.reach(self.client)

    def skip_reason(self, instance: JobInstance, settings: Settings) -> str | None:
        job = instance.job
        if job is None:
            return None
        if job.executor == "macos":
            return "it needs a macOS executor, and there are no macOS containers"
        if "windows" in job.resource_class or "windows" in job.machine_image:
            return "it needs a Windows executor, and containers here run Linux"
        if on_this_machine(job, settings):
            return self._host_fallback.skip_reason(instance, settings)
        if job.executor == "machine" and not settings.machine_image:
            return (
                "it needs a machine executor: name an image for it in pyproject.toml, [tool.nox-circleci] "
                "machine-image, or run it on this machine with --machine host"
            )
        return None

    def prepare(self, instances: Sequence[JobInstance], settings: Settings, emit: Emit) -> Ready:
        sweeping = ThreadPoolExecutor(1, thread_name_prefix="sweep")
        swept = sweeping.submit(containers.sweep, self.client)
        sweeping.shutdown(wait=False)
        if self.client.instead:
            text = f"{self.client.program} runs the containers: {self.client.instead}"
            emit(Notice(time.time(), text, level="warning"))
        for image in self._wanted_images(instances, settings):
            self.images.fetch(image, settings, emit)
        here = [each for each in instances if each.job and on_this_machine(each.job, settings)]
        host = self._host_fallback.prepare(here, settings, emit) if here else None
        jobs = ContainerJobs(self.client, self.images, swept, host.run if host else None)

        def survey(instance: JobInstance, settings: Settings) -> Surroundings:
            if host and instance.job and on_this_machine(instance.job, settings):
                return host.survey(instance, settings)
            from .survey import survey

            return survey(self.client, instance, settings)

        return Ready(jobs.run, self.images.failure(), survey)

    def reopen(self, task: Task, kept: Path) -> AbstractContextManager[Box]:
        if on_this_machine(task.job, task.settings):
            return self._host_fallback.reopen(task, kept)
        from .kept_container import kept_box

        return kept_box(self.client, task, images_of(task.job, task.settings)[0])

    def missing_images(self, instances: Sequence[JobInstance], settings: Settings) -> str | None:
        """Return why some instance cannot run here, such as an image out of reach; None if all can."""
        for each in instances:
            if each.job and (reason := self.skip_reason(each, settings)):
                return f"{each.name} cannot run on it: {reason}"
        wanted = self._wanted_images(instances, settings)
        self.images.prefetch(wanted)
        return next(filter(None, (self.images.missing_reason(image, settings) for image in wanted)), None)

    def _wanted_images(self, instances: Sequence[JobInstance], settings: Settings) -> Collection[Image]:
        jobs = [each.job for each in instances if each.job and not self.skip_reason(each, settings)]
        inside = [job for job in jobs if not on_this_machine(job, settings)]
        return {image.image: image for job in inside for image in images_of(job, settings)}.values()
