"""Containers of one job: made with labels that name their owner, ended together, removed when their owner has died."""

from __future__ import annotations

import secrets
import signal
import socket
import tempfile
from collections.abc import Iterable, Iterator
from pathlib import Path

from ... import process
from ...runtime.task import Task
from ...system.temporary import Owner
from ...workflow.model import Image, Job, Pairs, SetupRemoteDocker
from ..container import resources
from ..container.piped import CommandPipes
from . import init, passthrough
from .client import Client, message
from .hidden_variables import Variables, unseen

LABEL = "nox-circleci"
RUN, JOB, FOLDER = f"{LABEL}.run", f"{LABEL}.job", f"{LABEL}.folder"
"""Labels of a container: its run, its job's node, and where the runner's own files are in it."""
KEPT = f"{LABEL}.kept"
"""The label of a container that its run leaves for inspection: the project's folder."""


class Containers:
    """The containers of one job node."""

    def __init__(
        self,
        client: Client,
        task: Task,
        machine: resources.Machine,
        passed: passthrough.Passthrough,
        has_program: bool,
    ) -> None:
        self.client = client
        self._task = task
        self._machine = machine
        self.passed = passed
        self.has_program = has_program
        """Whether the primary container runs a program of its own beside the steps: the config's, or the image's."""
        self.folder = ""
        """Where the runner's own files are in the primary container."""
        self._attached: process.Popen | None = None
        self._keep = task.settings.keep
        self._made: list[str] = []
        differences = resources.differences(task.job, machine, task.settings.platform)
        self.differences: Pairs = tuple(("resource_class", text) for text in differences)
        """What the job does not get here of its resource class, as keys of fidelity.py's table with a text."""
        self._stderr = tempfile.TemporaryFile()

    def __enter__(self) -> Containers:
        return self

    def __exit__(self, *exception: object) -> None:
        self.remove()

    @property
    def primary(self) -> str:
        """The name of the container in which the steps run."""
        return self._made[0]

    def start(self, image: Image, words: list[str]) -> CommandPipes:
        """Start the primary container, and a command in it, with pipes for input and output.

        They are its first process, so that it ends with them, unless the config has it run a program of its own.
        """
        user = ["--user", image.user] if image.user else []
        options = [
            *self._common("primary"),
            *(init.options(self.client) if self._task.job.executor == "machine" else []),
            *resources.limits(self._task.job, self._machine),
            *self.passed.options,
            *hosts(self._task.job.images),
            *user,
        ]
        if self.has_program:
            passed = self.passed.variables
            name = self._run(options, image, unseen(image.environment, dict(passed)), passed)
            self._attached = self.client.open(["exec", "-i", *user, name, *words], process.PIPE, process.PIPE)
            return CommandPipes(self._attached)
        options += ["--entrypoint", words[0], image.image, *words[1:]]
        run = ["run", "--interactive", "--sig-proxy=false", "--pull", "never"]
        self._attached = self.client.open(
            [*run, *options], process.PIPE, process.PIPE, self._stderr, self.passed.variables
        )
        return CommandPipes(self._attached)

    def start_service(self, image: Image, primary: str) -> str:
        """Start a service container in the primary's network: they reach each other at localhost."""
        words = [
            *self._common("service"),
            *["--network", f"container:{primary}"],
            *(["--user", image.user] if image.user else []),
        ]
        return self._run(words, image, unseen(image.environment))

    def _common(self, part: str) -> list[str]:
        name = f"nox-circleci-{secrets.token_hex(6)}"
        self._made.append(name)  # before it is there: an interruption in between must not forget it
        labels = {
            LABEL: part,
            RUN: self._task.run,
            JOB: self._task.label,
            **({FOLDER: self.folder} if self.folder else {}),
            **owner_labels(),
            **({KEPT: str(self._task.settings.project)} if self._keep else {}),
        }
        platform = self._task.settings.platform
        return [
            *("--name", name),
            *(word for key, value in labels.items() for word in ("--label", f"{key}={value}")),
            *(["--platform", platform] if platform else []),
        ]

    def _run(self, options: list[str], image: Image, own: Variables, passed: Pairs = ()) -> str:
        words = [*options, *own.options, *own_program(image)]
        variables = (*passed, *own.environment)
        self.client.must("run", "--detach", "--pull", "never", *words, variables=variables, input=own.file)
        return self._made[-1]

    def refusal(self) -> str | None:
        """Return the engine's message if it could not start the primary container; None if it could."""
        self._stderr.seek(0)
        output = self._stderr.read().decode("utf-8", "replace").strip()
        return message(self.client.program, ("run",), output) if output else None

    def end_of(self, name: str) -> str | None:
        """Return how a container has ended by itself, and its last lines; None while it runs."""
        state = self.client.call("inspect", "--format", "{{.State.Running}} {{.State.ExitCode}}", name)
        running, _, status = state.stdout.strip().partition(" ")
        if running != "false":
            return None
        done = self.client.call("logs", "--tail", "20", name)
        return f"exit status {status}: {(done.stdout + done.stderr).strip() or 'it printed nothing'}"

    def remove(self) -> None:
        """End and remove them all, services first, with their volumes, but those that are to be kept."""
        self._stderr.close()
        if self._keep:
            return
        # nobody reads it any more, and an engine that still writes to it does not end the container
        if self._attached and self._attached.poll() is None:
            process.signal_group(self._attached.pid, signal.SIGKILL)
        if self._made:
            self.client.remove(reversed(self._made))


def wants_engine(job: Job) -> bool:
    """Whether a job asks for a Docker engine, or is on a machine, which has one.

    https://circleci.com/docs/reference/configuration-reference/#setupremotedocker
    """
    return job.executor == "machine" or any(isinstance(step, SetupRemoteDocker) for step in job.steps)


def names(images: Iterable[Image]) -> list[str]:
    """Return the names that the config gives a job's containers, each once."""
    return list(dict.fromkeys(image.name for image in images if image.name))


def shown(image: Image) -> str:
    """Return what a reader knows a container by."""
    return f"{image.image} ({image.name})" if image.name else image.image


def hosts(images: Iterable[Image]) -> Iterator[str]:
    """Yield the options that let a job's containers, which share a network, find each other by ``name``.

    https://circleci.com/docs/reference/configuration-reference/#docker
    """
    for name in names(images):
        yield from ("--add-host", f"{name}:127.0.0.1")


def runs_program(image: Image) -> bool:
    """Whether the config has a primary container run a program beside the steps.

    https://circleci.com/docs/reference/configuration-reference/#docker
    """
    return bool(image.entrypoint or image.command)


def own_program(image: Image) -> list[str]:
    """Return the last arguments of ``run``: what a container runs by the config, which may leave that to the image.

    ``entrypoint`` overrides the image's, and ``command`` is its arguments, whichever it is.
    https://circleci.com/docs/reference/configuration-reference/#docker
    """
    entrypoint = list(image.entrypoint or ())
    over = ["--entrypoint", entrypoint[0]] if entrypoint else []
    return [*over, image.image, *entrypoint[1:], *(image.command or ())]


def owner_labels() -> dict[str, str]:
    """Whose a container is: this machine's name, the process and when it started."""
    return {f"{LABEL}.owner": Owner.current().written(), f"{LABEL}.host": socket.gethostname()}


def sweep(client: Client) -> list[str]:
    """Remove the containers of this machine's runs that were killed; return their names.

    A living run's are left, and those that a run leaves for inspection.
    """
    return _remove_dead(client, f"label={LABEL}.host={socket.gethostname()}", kept=False)


def clean(client: Client, project: Path) -> list[str]:
    """Remove the containers that a project's runs left for inspection, but not a living run's; return their names."""
    return _remove_dead(client, f"label={KEPT}={project}", kept=True)


def _remove_dead(client: Client, wanted: str, kept: bool) -> list[str]:
    names = client.call("ps", "--all", "--quiet", "--filter", wanted, timeout=15).stdout.split()
    if not names:
        return []
    form = "\t".join(
        ["{{.Name}}", *(f'{{{{index .Config.Labels "{each}"}}}}' for each in (LABEL, f"{LABEL}.owner", KEPT))]
    )
    containers = client.call("inspect", "--format", form, *names, timeout=15).stdout.splitlines()
    containers = [line for line in containers if line]  # one that went meanwhile is an empty line
    dead = list(_dead(sorted(containers, key=_is_primary), kept))
    if dead:
        client.remove(dead)
    return dead


def _is_primary(line: str) -> bool:
    """For an order in which services come before what they share a network with."""
    return "\tprimary\t" in line


def _dead(lines: Iterable[str], kept: bool) -> Iterator[str]:
    for line in lines:
        name, _, owner, left = line.split("\t")
        process = Owner.parsed(owner)
        if process and kept == bool(left) and not process.alive():
            yield name.removeprefix("/")
