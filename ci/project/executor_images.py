"""The images of a project's executors, and which of them it builds from a Dockerfile of its own."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from ..errors import Problem, UsageError
from ..source.suggest import choices
from ..workflow.job_instances import JobInstance
from ..workflow.model import Image
from .project import Project


def images(instances: Iterable[JobInstance]) -> list[Image]:
    """Return every image that jobs run in, the services' too, each once, in the config's order."""
    found = (image for each in instances if each.job for image in each.job.images if "$" not in image.image)
    return list({image.image: image for image in found}.values())


def builds(project: Project, instances: Iterable[JobInstance]) -> dict[str, Path]:
    """Return what ``[tool.nox-circleci.images]`` names: the image of an executor of the jobs, and its Dockerfile.

    Raises UsageError if a Dockerfile is not there, or is outside of the repository and only the project names it.
    """
    places = dict(project.settings.images)
    users = dict(project.settings.user.images) if project.settings.user else {}
    found = {}
    for each in instances:
        executor = each.executors[0] if each.executors else ""
        if executor in places and each.job and each.job.images:
            dockerfile = project.root / Path(places[executor]).expanduser()
            if not dockerfile.is_file():
                raise UsageError(f"pyproject.toml: [tool.nox-circleci] images: there is no {places[executor]}")
            if places[executor] != users.get(executor) and not _inside(dockerfile, project.root):
                message = f"images: {places[executor]} is outside of the project's repository"
                hint = "A build reads the whole folder of its Dockerfile. Your own settings may name any."
                raise UsageError(Problem(message, project.settings.place("images"), hint))
            found[each.job.images[0].image] = dockerfile
    return found


def _inside(file: Path, root: Path) -> bool:
    """Return whether a file, all links resolved, is in the repository that the project is in."""
    project = root.resolve()
    top = next((folder for folder in (project, *project.parents) if (folder / ".git").exists()), project)
    return file.resolve().is_relative_to(top)


def check_names(project: Project, instances: Iterable[JobInstance]) -> None:
    """UsageError for an executor of the settings on which no job runs."""
    executors = {name for each in instances for name in each.executors[:1]}
    for name, _ in project.settings.images:
        if name not in executors:
            message = f"pyproject.toml: [tool.nox-circleci] images: no job runs on the executor {name!r}"
            raise UsageError(Problem(message, None, choices(name, sorted(executors))))
