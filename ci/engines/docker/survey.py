"""What a job can see of its containers: the images by digest, and what they get of this machine."""

from __future__ import annotations

from collections.abc import Iterator

from ...runtime.job_environment import PROXY, docker_proxies, passed
from ...runtime.task import Settings
from ...workflow.job_instances import JobInstance
from ...workflow.model import Image
from ..container import certificates
from ..protocol import Surroundings
from .client import Client
from .container_jobs import images_of
from .passthrough import FOLDER

FORM = "{{.Id}} {{.Os}}/{{.Architecture}}"


def survey(client: Client, instance: JobInstance, settings: Settings) -> Surroundings:
    """Look at the place of a job in containers; an image that is not here is not known."""
    images = images_of(instance.job, settings) if instance.job else ()
    found = dict(_images(client, images))
    absent = [name for name, digest in found.items() if not digest]
    facts = {"engine": "podman" if client.podman else "docker", "engine's machine": client.machine, **found}
    environ = client.environ()
    facts |= {f"variable {name}": value for name, value in passed(environ, PROXY)}
    facts |= {f"proxy {number} of Docker's settings": each for number, each in enumerate(docker_proxies(environ), 1)}
    try:
        facts |= dict(certificates.facts(environ, FOLDER)) if settings.host_ca else {}
    except OSError as error:
        return Surroundings(facts, f"certificates cannot be read: {error}")
    return Surroundings(facts, f"{absent[0]} is not here" if absent else "")


def _images(client: Client, images: tuple[Image, ...]) -> Iterator[tuple[str, str]]:
    """Yield each image with its digest, which is that of its content; empty if it is not here."""
    names = dict.fromkeys(image.image for image in images)
    asked = {name: client.begin("image", "inspect", "--format", FORM, name) for name in names}
    for name, each in asked.items():
        answer = each.result()
        yield f"image {name}", answer.stdout.strip() if answer.ok else ""
