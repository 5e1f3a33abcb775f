"""The docker engine: one container for each job, from the executor's first image."""

from __future__ import annotations

import secrets
import threading
import time
from collections.abc import Collection, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import ExitStack
from functools import cached_property

from ... import process
from ...errors import PROGRAM, EngineError
from ...events import Emit, JobStarted, Notice
from ...runtime import command
from ...runtime.command import File
from ...runtime.failures import JobError, StepError
from ...runtime.job import run_job, task_files
from ...runtime.task import Outcome, Settings, Task
from ...workflow.job_instances import JobInstance
from ...workflow.model import Image, Job, Run
from ...workflow.plan import Plan
from ..container import resources
from ..container.channel import Channel
from ..container.shells import JobShells, ignore, large
from ..protocol import Engine
from . import client, containers, init, passthrough
from .box import DockerBox
from .exec_access import ExecAccess
from .images.store import ImageStore
from .network import address


class DockerEngine:
    """See engines/protocol.py. ``host_fallback`` runs machine executors if the user wants them on this machine."""

    name = "docker"

    def __init__(self, host_fallback: Engine, search: client.Search) -> None:
        self._host_fallback = host_fallback
        self._search = search
        self._swept: Future[list[str]] | None = None
        self._lock = threading.Lock()

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

    def prepare(self, instances: Sequence[JobInstance], settings: Settings, emit: Emit) -> str | None:
        sweeping = ThreadPoolExecutor(1, thread_name_prefix="sweep")
        self._swept = sweeping.submit(containers.sweep, self.client)
        sweeping.shutdown(wait=False)
        if self.client.instead:
            text = f"{self.client.program} runs the containers: {self.client.instead}"
            emit(Notice(time.time(), text, level="warning"))
        for image in self._wanted_images(instances, settings):
            self.images.fetch(image, settings, emit)
        here = [each for each in instances if each.job and on_this_machine(each.job, settings)]
        if here:
            self._host_fallback.prepare(here, settings, emit)
        return self.images.failure()

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

    def run(self, task: Task, emit: Emit, cancel: threading.Event) -> Outcome:
        if on_this_machine(task.job, task.settings):
            return self._host_fallback.run(task, emit, cancel)
        wanted = images_of(task.job, task.settings)
        for image in wanted:
            self.images.check(image.image)
        machine = resources.read_machine(self.client.machine)
        wants, names = containers.wants_engine(task.job), containers.names(wanted)
        has_program = containers.runs_program(wanted[0]) or self.images.keeps_entrypoint(wanted[0].image)
        with ExitStack() as ending:
            passed = passthrough.pass_through(self.client, task.settings, self.client.environ(), ending, wants, names)
            # the containers go first: waiting for their shells to end by themselves takes longer
            with containers.Containers(self.client, task, machine, passed, has_program) as made:
                return self._run(task, wanted, made, ending, emit, cancel)

    def _run(
        self,
        task: Task,
        wanted: Sequence[Image],
        made: containers.Containers,
        ending: ExitStack,
        emit: Emit,
        cancel: threading.Event,
    ) -> Outcome:
        """Start the containers of a job and run its steps; ``ending`` closes the shells."""
        box, services = self._box(task, wanted, made, ending)
        executor = task.instance.executors[0] if task.instance.executors else task.job.executor
        lines = (*self._first_lines(task, wanted, box, made.primary), *made.passed.lines)
        steps = len(task.job.steps)
        emit(JobStarted(time.time(), task.label, executor, task.instance.position, lines, steps, self.name))
        self._report_swept(emit)
        reported = self._report_ended(task, services, made, emit)
        outcome = run_job(task, box, emit, cancel)
        if outcome.status == "failed":
            self._report_ended(task, [each for each in services if each not in reported], made, emit)
        return outcome

    def _report_swept(self, emit: Emit) -> None:
        """Report once what killed runs had left; that was found out while the container started."""
        with self._lock:
            swept, self._swept = self._swept, None
        for name in swept.result() if swept else ():
            emit(Notice(time.time(), f"removed the container {name}, which a killed run left"))

    def _report_ended(
        self, task: Task, services: Sequence[tuple[Image, str]], made: containers.Containers, emit: Emit
    ) -> list[tuple[Image, str]]:
        """Report which services run no more, with their last output; return those."""
        ended = []
        for image, name in services:
            if end := made.end_of(name):
                text = f"the service {containers.shown(image)} has ended, {end}"
                emit(Notice(time.time(), text, task.label, level="warning"))
                ended.append((image, name))
        return ended

    def _box(
        self, task: Task, wanted: Sequence[Image], made: containers.Containers, ending: ExitStack
    ) -> tuple[DockerBox, list[tuple[Image, str]]]:
        """Start the containers; return the box in the primary one, and each service's image with its container."""
        try:
            files = task_files(task)
            access, shells = self._shells(task, wanted[0], made, ending, files)
            linking = self._link_command(task, made.primary, shells.folder)
            services = [(image, made.start_service(image, made.primary)) for image in wanted[1:]]
            box = DockerBox(made, access, shells, task)
            if linking:
                linking.result()  # an image that cannot have it has the command on PATH alone
            for file in files:
                if large(file.content):
                    box.write(f"{box.task_data}/{file.name}", file.content, file.mode)
            return box, services
        except (JobError, StepError, OSError) as error:
            if refusal := made.refusal():
                raise EngineError(refusal) from None
            end = made.end_of(made.primary)
            raise EngineError(f"{error}, {end}" if end else str(error)) from None

    def _link_command(self, task: Task, container: str, folder: str) -> process.Begun | None:
        """Have the ``circleci`` command in /bin too, if steps speak of it: a login shell sets PATH anew."""
        if not any(isinstance(step, Run) and "circleci" in step.command for step in task.job.steps):
            return None
        link = 'for each in circleci circleci-agent; do [ -e "/bin/$each" ] || ln -s "$0/$each" /bin; done'
        return self.client.begin("exec", "--user", "0", container, "sh", "-c", link, f"{folder}/{command.FOLDER}")

    def _shells(
        self, task: Task, image: Image, made: containers.Containers, ending: ExitStack, files: Sequence[File]
    ) -> tuple[ExecAccess, JobShells]:
        """Start the primary container, and in it the shell that runs the steps; ``ending`` closes it."""
        folder = f"/tmp/nox-circleci-{secrets.token_hex(4)}"
        steps = Channel(
            lambda args: made.start(image, args),
            folder,
            lambda: ExecAccess(self.client, made.primary).ended_reason(),
            task.settings.keep and not made.has_program,
            [file for file in files if not large(file.content)],
        )
        ending.callback(steps.close)
        steps.receive(ignore)
        access = ExecAccess(self.client, made.primary, image.user)
        shells = JobShells(access, folder, steps, files, task.settings.tty)
        ending.callback(shells.close)
        return access, shells

    def _first_lines(self, task: Task, wanted: Sequence[Image], box: DockerBox, primary: str) -> Iterator[str]:
        yield f"in a container of {wanted[0].image}, in {box.working_directory}"
        for image in wanted[1:]:
            yield f"with a container of {containers.shown(image)}"
        yield from (short for _, short in box.features)
        if task.job.executor == "machine" and (lacking := init.missing_reason(self.client)):
            yield lacking
        if task.settings.keep:
            yield f"kept for inspection: {self.client.program} exec -it {primary} sh"
            yield f"{PROGRAM} clean containers removes it"


def images_of(job: Job, settings: Settings) -> tuple[Image, ...]:
    """Return the images of a job's containers, the primary's first."""
    return (Image(settings.machine_image, job.position),) if job.executor == "machine" else job.images


def on_this_machine(job: Job, settings: Settings) -> bool:
    """Whether a machine executor is to run outside containers."""
    return job.executor == "machine" and settings.machine == "host"
