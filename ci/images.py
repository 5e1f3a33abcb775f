"""Images of the executors: which a project builds from a Dockerfile of its own, and building one."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from .engines.docker.client import Client
from .engines.docker.surroundings import bundles
from .errors import EngineError, Problem, UsageError
from .project import Project
from .runtime.environment import PROXY
from .source.choices import choices
from .workflow.model import JobInstance

CERTIFICATES = "certificates"
"""The folder beside a Dockerfile that has the machine's certificates during a build."""


@dataclass(frozen=True)
class Build:
    """An image that this project builds: its name as the config has it, and its Dockerfile."""

    image: str
    dockerfile: Path


def images(instances: Iterable[JobInstance]) -> list[str]:
    """Every image that jobs run in, the services' too, in the config's order."""
    found = (image.image for each in instances if each.job for image in each.job.images)
    return list(dict.fromkeys(name for name in found if "$" not in name))


def builds(project: Project, instances: Sequence[JobInstance]) -> list[Build]:
    """What ``[tool.nox-circleci.images]`` names: an executor's first image comes from a Dockerfile.

    Raises UsageError for an executor that no job has, or a Dockerfile that is not there.
    """
    of_executor = {
        name: each.job.images[0].image
        for each in instances
        if each.job and each.job.images
        for name in each.executors[:1]
    }
    found = []
    for executor, place in project.settings.images:
        if executor not in of_executor:
            message = f"pyproject.toml: [tool.nox-circleci] images: no job runs on the executor {executor!r}"
            raise UsageError(Problem(message, None, choices(executor, list(of_executor))))
        dockerfile = project.root / place
        if not dockerfile.is_file():
            raise UsageError(f"pyproject.toml: [tool.nox-circleci] images: there is no {place}")
        found.append(Build(of_executor[executor], dockerfile))
    return found


def build(
    client: Client,
    wanted: Build,
    arguments: Sequence[str],
    told: Callable[[str], None],
    environ: Mapping[str, str] | None = None,
) -> None:
    """Build an image with the machine's proxy and certificates at hand; EngineError where it fails."""
    variables = os.environ if environ is None else environ
    with tempfile.TemporaryDirectory(prefix="nox-circleci-") as folder:
        context = Path(folder, "context")
        shutil.copytree(wanted.dockerfile.parent, context)
        if (context / CERTIFICATES).is_dir():
            for number, file in enumerate(bundles(variables)):
                shutil.copy(file, context / CERTIFICATES / f"machine-{number}.pem")
        proxies = [name for name in PROXY if variables.get(name)]
        words = ["build", "--tag", wanted.image, "--file", str(context / wanted.dockerfile.name)]
        for argument in (*proxies, *arguments):  # by name alone: the engine takes the value from the environment
            words += ["--build-arg", argument]
        status = client.follow([*words, str(context)], told)
    if status:
        raise EngineError(Problem(f"{wanted.image} was not built: {client.program} build ended with status {status}"))


def size(client: Client, image: str) -> int:
    """Bytes of an image that is here; 0 where it is not."""
    told = client.call("image", "inspect", "--format", "{{.Size}}", image).stdout.strip()
    return int(told) if told.isdecimal() else 0
