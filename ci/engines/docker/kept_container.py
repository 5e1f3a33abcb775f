"""The container of a job that --keep has kept, once its run has ended."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager

from ... import process
from ...errors import EngineError, Problem
from ...runtime.failures import JobError, StepError
from ...runtime.task import Task
from ...system.command_names import typed_command
from ...workflow.model import Image
from ..container import resources
from ..container.channel import Channel
from ..container.shells import JobShells, ignore
from . import containers
from .box import DockerBox
from .client import Client, seen
from .exec_access import ExecAccess
from .passthrough import Passthrough


@contextmanager
def kept_box(client: Client, task: Task, image: Image) -> Iterator[DockerBox]:
    """Have the box of a kept job, whose primary container has that image. Raise EngineError if it is no more."""
    container, folder = _find(client, task)
    has_program = containers.runs_program(image) or _keeps_entrypoint(client, image.image, task)
    access = ExecAccess(client, container, image.user)
    try:
        with ExitStack() as ending:
            made = containers.Containers(
                client, task, resources.read_machine(client.machine), Passthrough(), has_program
            )
            ending.enter_context(made)
            channel = Channel(
                lambda args: access.open(*args, stdin=process.PIPE), f"{folder}/again", access.ended_reason
            )
            ending.callback(channel.close)
            channel.receive(ignore)
            shells = JobShells(access, folder, channel, (), False)
            ending.callback(shells.close)
            yield DockerBox(made, access, shells, task)
    except (JobError, StepError) as error:
        raise EngineError(Problem(str(error))) from None


def _find(client: Client, task: Task) -> tuple[str, str]:
    """Return the primary container, and where our own files are in it."""
    wanted = {containers.LABEL: "primary", containers.RUN: task.run, containers.JOB: task.label}
    filters = (word for key, value in wanted.items() for word in ("--filter", f"label={key}={value}"))
    form = f'{{{{index .Config.Labels "{containers.FOLDER}"}}}}'
    found = client.call("ps", "--quiet", *filters).stdout.split()
    found += client.call("inspect", "--format", form, *found).stdout.split() if found else []
    if len(found) != 2:
        clean = typed_command("clean")
        hint = f"`{client.program} ps --all` lists the containers; `{clean}` and a restart of the engine end kept ones."
        raise EngineError(Problem(f"no container of {task.label} of run {task.run} is left running", None, hint))
    return found[0], found[1]


def _keeps_entrypoint(client: Client, image: str, task: Task) -> bool:
    here = seen(client.ask_of(image).result(), task.settings.platform)
    return here is not None and here.keeps_entrypoint
