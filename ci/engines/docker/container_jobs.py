"""Runs the jobs of a run in containers, once the engine is prepared."""

from __future__ import annotations

import secrets
import threading
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import Future
from contextlib import ExitStack

from ... import process
from ...errors import EngineError
from ...events import Emit, JobStarted, Notice
from ...runtime import command
from ...runtime.command import File
from ...runtime.failures import JobError, StepError, check_of
from ...runtime.job import run_job, task_files
from ...runtime.task import Outcome, Settings, Task
from ...system.cancellation import Check
from ...system.command_names import typed_command
from ...workflow.model import Image, Job, Run
from ..container import resources
from ..container.channel import Channel
from ..container.shells import JobShells, ignore, large
from ..protocol import RunTask
from . import containers, init, passthrough
from .box import DockerBox
from .client import Client
from .exec_access import ExecAccess
from .images.store import ImageStore

NAME = "docker"


class ContainerJobs:
    """What a prepared engine runs its jobs with: ``swept`` is what killed runs had left, found out meanwhile.

    ``on_host`` runs the machine executors that the user wants on this machine.
    """

    def __init__(
        self, client: Client, images: ImageStore, swept: Future[list[str]], on_host: RunTask | None = None
    ) -> None:
        self._client = client
        self._images = images
        self._swept: Future[list[str]] | None = swept
        self._on_host = on_host
        self._lock = threading.Lock()

    def run(self, task: Task, emit: Emit, cancel: threading.Event) -> Outcome:
        """Run one node; see ``protocol.RunTask``."""
        if on_this_machine(task.job, task.settings):
            assert self._on_host, "the host engine is prepared for every job that runs on it"
            return self._on_host(task, emit, cancel)
        wanted = images_of(task.job, task.settings)
        for image in wanted:
            self._images.check(image.image)
        machine = resources.read_machine(self._client.machine)
        wants, names = containers.wants_engine(task.job), containers.names(wanted)
        has_program = containers.runs_program(wanted[0]) or self._images.keeps_entrypoint(wanted[0].image)
        with ExitStack() as ending:
            passed = passthrough.pass_through(self._client, task.settings, self._client.environ(), ending, wants, names)
            # the containers go first: waiting for their shells to end by themselves takes longer
            with containers.Containers(self._client, task, machine, passed, has_program) as made:
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
        box, services = self._box(task, wanted, made, ending, check_of(cancel))
        executor = task.instance.executors[0] if task.instance.executors else task.job.executor
        lines = (*self._first_lines(task, wanted, box, made.primary), *made.passed.lines)
        steps = len(task.job.steps)
        emit(
            JobStarted(
                time.time(),
                task.label,
                executor,
                task.instance.position,
                lines,
                steps,
                NAME,
                kept=self._kept(task, made),
            )
        )
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
        self, task: Task, wanted: Sequence[Image], made: containers.Containers, ending: ExitStack, check: Check
    ) -> tuple[DockerBox, list[tuple[Image, str]]]:
        """Start the containers; return the box in the primary one, and each service's image with its container."""
        try:
            files = task_files(task)
            access, shells = self._shells(task, wanted[0], made, ending, files, check)
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
        return self._client.begin("exec", "--user", "0", container, "sh", "-c", link, f"{folder}/{command.FOLDER}")

    def _shells(
        self,
        task: Task,
        image: Image,
        made: containers.Containers,
        ending: ExitStack,
        files: Sequence[File],
        check: Check,
    ) -> tuple[ExecAccess, JobShells]:
        """Start the primary container, and in it the shell that runs the steps; ``ending`` closes it."""
        folder = made.folder = f"/tmp/nox-circleci-{secrets.token_hex(4)}"
        steps = Channel(
            lambda args: made.start(image, args),
            folder,
            lambda: ExecAccess(self._client, made.primary).ended_reason(),
            task.settings.keep and not made.has_program,
            [file for file in files if not large(file.content)],
        )
        ending.callback(steps.close)
        steps.receive(ignore)
        access = ExecAccess(self._client, made.primary, image.user, check)
        shells = JobShells(access, folder, steps, files, task.settings.tty)
        ending.callback(shells.close)
        return access, shells

    def _first_lines(self, task: Task, wanted: Sequence[Image], box: DockerBox, primary: str) -> Iterator[str]:
        yield f"in a container of {wanted[0].image}, in {box.working_directory}"
        for image in wanted[1:]:
            yield f"with a container of {containers.shown(image)}"
        yield from (short for _, short in box.features)
        if task.job.executor == "machine" and (lacking := init.missing_reason(self._client)):
            yield lacking
        if task.settings.keep:
            yield f"kept for inspection: {self._client.program} exec -it {primary} sh"
            yield f"{typed_command('clean containers')} removes it"

    def _kept(self, task: Task, made: containers.Containers) -> tuple[str, ...]:
        """Return the commands that go to a job's container and remove it, if it is kept."""
        if not task.settings.keep:
            return ()
        return f"{self._client.program} exec -it {made.primary} sh", typed_command("clean containers")


def images_of(job: Job, settings: Settings) -> tuple[Image, ...]:
    """Return the images of a job's containers, the primary's first."""
    return (Image(settings.machine_image, job.position),) if job.executor == "machine" else job.images


def on_this_machine(job: Job, settings: Settings) -> bool:
    """Whether a machine executor is to run outside containers."""
    return job.executor == "machine" and settings.machine == "host"
