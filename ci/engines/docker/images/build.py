"""Building a project's own images: whether that is possible, and with the machine's proxy and certificates."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack
from pathlib import Path

from ....errors import EngineError
from ....system.temporary import temporary_folder
from ...container.certificates import bundles
from ..client import Client
from ..network import proxy
from .pull import unreachable

CERTIFICATES = "certificates"
"""The folder beside a Dockerfile that has the machine's certificates during a build."""


def missing_base(client: Client, dockerfile: Path, here: Callable[[str], bool]) -> str | None:
    """Return why a Dockerfile cannot be built: an image that it begins from is out of reach; None if none is."""
    from .dockerfile import base_images

    try:
        text = dockerfile.read_text(encoding="utf-8", errors="replace")
    except OSError as error:
        return f"{dockerfile.name}: {error.strerror}"
    for base in base_images(text):
        if not here(base) and (why := unreachable(client, base)):
            return f"its base {base} is not here and cannot be pulled: {why}"
    return None


def build(
    client: Client,
    image: str,
    dockerfile: Path,
    report: Callable[[str], None],
    arguments: Sequence[str] = (),
    wanted_platform: str = "",
    environ: Mapping[str, str] | None = None,
) -> None:
    """Build an image with the machine's proxy and certificates at hand; raise EngineError if it fails."""
    from .causes import BuildOutput

    variables = os.environ if environ is None else environ
    with temporary_folder() as folder, ExitStack() as ending:
        reached = proxy.in_containers(client, variables, ending)
        context = Path(folder, "context")
        shutil.copytree(dockerfile.parent, context)
        if (context / CERTIFICATES).is_dir():
            for number, file in enumerate(bundles(variables, CERTIFICATES)):
                shutil.copy(file, context / CERTIFICATES / f"machine-{number}.pem")
        words = ["build", "--force-rm", "--tag", image, "--file", str(context / dockerfile.name), *reached.options]
        words += ["--platform", wanted_platform] if wanted_platform else []
        for argument in (*(name for name, _ in reached.variables), *arguments):  # a proxy's value: of the environment
            words += ["--build-arg", argument]
        output = BuildOutput(report)
        status = client.follow([*words, str(context)], output.line, reached.variables)
    why = output.end(failed=bool(status))
    if why is not None:
        raise EngineError(f"{why}: {image} was not built from {dockerfile}")
