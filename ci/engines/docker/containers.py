"""Containers of one job: made with labels that tell whose they are, ended together, swept where their owner died."""

from __future__ import annotations

import secrets
import socket
from collections.abc import Iterable, Iterator

from ...runtime.owner import Owner
from ...runtime.task import Task
from ...workflow.model import Image
from . import resources, surroundings
from .client import Client

LABEL = "nox-circleci"
WAIT = 'trap "exit 0" TERM INT; while :; do sleep 3600 & wait $!; done'
"""What the primary container does while steps run in it; it must not be the image's own program."""


class Containers:
    """The containers of one job node."""

    def __init__(self, client: Client, task: Task) -> None:
        self._client = client
        self._task = task
        self._made: list[str] = []

    def start(self, image: Image, machine: resources.Machine) -> str:
        """The primary container, in which the steps run; gives its name."""
        entrypoint = [*(image.entrypoint or ()), *(image.command or ())] or ["sh", "-c", WAIT]
        words = [
            *self._common("primary"),
            *resources.limits(self._task.job.resource_class, machine),
            *surroundings.handed(self._task.settings),
            *self._environment(image),
            *(["--user", image.user] if image.user else []),
            *(["--platform", self._task.settings.platform] if self._task.settings.platform else []),
            *["--entrypoint", entrypoint[0], image.image, *entrypoint[1:]],
        ]
        return self._run(words)

    def start_service(self, image: Image, primary: str) -> str:
        """A service container, in the primary's network: they reach each other at localhost."""
        entrypoint = list(image.entrypoint or ())
        words = [
            *self._common("service"),
            *["--network", f"container:{primary}"],
            *self._environment(image),
            *(["--user", image.user] if image.user else []),
            *(["--entrypoint", entrypoint[0]] if entrypoint else []),
            *[image.image, *entrypoint[1:], *(image.command or ())],
        ]
        return self._run(words)

    def _common(self, part: str) -> list[str]:
        name = f"nox-circleci-{secrets.token_hex(6)}"
        self._made.append(name)  # before it is there: an interruption in between must not forget it
        labels = {LABEL: part, f"{LABEL}.run": self._task.run, **owner_labels()}
        return ["--name", name, *(word for key, value in labels.items() for word in ("--label", f"{key}={value}"))]

    def _environment(self, image: Image) -> Iterator[str]:
        for name, value in image.environment:
            yield from ("--env", f"{name}={value}")

    def _run(self, words: list[str]) -> str:
        self._client.must("run", "--detach", "--pull", "never", *words)
        return self._made[-1]

    def logs(self, name: str) -> str:
        """The last lines of a container, to show where it has ended by itself; empty while it runs."""
        state = self._client.call("inspect", "--format", "{{.State.Running}}", name)
        if state.stdout.strip() != "false":
            return ""
        done = self._client.call("logs", "--tail", "20", name)
        return (done.stdout + done.stderr).strip() or "it said nothing"

    def remove(self) -> None:
        """End and remove them all, services first, with their volumes; none that is left counts as an error."""
        if self._made:
            self._client.remove(reversed(self._made))


def owner_labels() -> dict[str, str]:
    """Whose a container is: this machine's name, the process and when it started."""
    owner = Owner.current()
    return {f"{LABEL}.owner": f"{owner.pid} {owner.start}".strip(), f"{LABEL}.host": socket.gethostname()}


def sweep(client: Client) -> list[str]:
    """Remove the containers of this machine's runs that were killed; gives their names. A living run's are left."""
    mine = f"label={LABEL}.host={socket.gethostname()}"
    names = client.call("ps", "--all", "--quiet", "--filter", mine, timeout=15).stdout.split()
    if not names:
        return []
    form = f'{{{{.Name}}}}\t{{{{index .Config.Labels "{LABEL}.owner"}}}}'
    told = client.call("inspect", "--format", form, *names, timeout=15).stdout.splitlines()
    dead = list(_dead(told))  # the newest first: services before what they share a network with
    if dead:
        client.remove(dead)
    return dead


def _dead(lines: Iterable[str]) -> Iterator[str]:
    for line in lines:
        name, _, owner = line.partition("\t")
        pid, _, start = owner.partition(" ")
        if pid.isdecimal() and not Owner(int(pid), start).alive():
            yield name.removeprefix("/")
