"""``images``: the executors' images, built and pulled."""

from __future__ import annotations

import argparse
import os
from collections.abc import Mapping, Sequence
from pathlib import Path

from ..engines.docker.client import Client
from ..errors import FAILED, PASSED, EngineError, Problem
from ..options.parser import command_parser
from ..options.table import Options
from ..project.project import Project, find_project
from ..workflow.job_instances import JobInstance
from ..workflow.model import Image, Pairs
from .screen import show


def command(argv: Sequence[str], start: Path) -> int:
    """Build the images that [tool.nox-circleci.images] names; or pull the executors' other images."""
    given = command_parser("images").parse(argv)
    from ..engines.docker.client import NoEngine, find
    from ..project.executor_images import builds, check_names, images

    project = find_project(start)
    instances = _instances(project)
    check_names(project, instances)
    built = builds(project, instances)
    client = find()
    if given.push:
        for image in built:
            show(f"{'docker' if isinstance(client, NoEngine) else client.program} push {image}")
        return PASSED
    if isinstance(client, NoEngine):
        raise EngineError(Problem(f"images need an engine: {client.reason}", None, "Start Docker or Podman."))
    if given.pull:
        variables = _auth_variables(project, instances, given.noxfile or "")
        wanted = [image for image in images(instances) if image.image not in built]
        return _pull(client, wanted, given.platform, variables)
    if not built:
        print("nothing to build: pyproject.toml names no [tool.nox-circleci.images]")
    return _build(client, project, built, given)


def _instances(project: Project) -> list[JobInstance]:
    from ..pipeline.compile_project import compile_project
    from ..report.problems import report_missing
    from ..workflow.load_jobs import workflows

    compiled = compile_project(project, Options())
    report_missing(compiled.missing)
    found = workflows(compiled.workflows, compiled.jobs, project.settings.python_from)
    return [each for workflow in found for each in workflow.instances]


def _auth_variables(project: Project, instances: Sequence[JobInstance], noxfile: str) -> Pairs:
    """Return the user's variables that registries get, with the user's consent."""
    from ..runtime.job_environment import passed
    from ..trust.config_permissions import auths
    from ..trust.consent import consented

    asking = Options(permissions=tuple(dict.fromkeys(auths(instances, os.environ))), noxfile=noxfile)
    options, notices = consented(project.root, asking, os.environ)
    for notice in notices:
        show(notice)
    return passed(os.environ, options.auth_variables)


def _pull(client: Client, wanted: Sequence[Image], platform: str, variables: Pairs) -> int:
    from ..engines.docker.images.pull import NotPulled, pull

    refused: dict[str, list[str]] = {}
    failed = []
    for image in wanted:
        show(f"pulling {image.image}", flush=True)
        try:
            pull(client, image, platform, _show, variables)
        except NotPulled as error:
            refused.setdefault(error.why, []).append(error.image)
        except EngineError as error:
            failed.append(error)
    for why, names in refused.items():
        show(f"{why}: {', '.join(names)} cannot be pulled")
    for trouble in failed:
        print(trouble)
    return FAILED if refused or failed else PASSED


def _build(client: Client, project: Project, built: Mapping[str, Path], given: argparse.Namespace) -> int:
    from ..engines.docker.images.build import build
    from ..engines.docker.images.pull import size

    for image, dockerfile in built.items():
        show(f"building {image} from {os.path.relpath(dockerfile, project.root)}", flush=True)
        build(client, image, dockerfile, _show, given.build_arg, given.platform)
        show(f"built {image}: {size(client, image) / 1e9:.1f} GB")
    return PASSED


def _show(line: str) -> None:
    show(f"  {line}", flush=True)
