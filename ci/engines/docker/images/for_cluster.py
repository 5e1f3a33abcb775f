"""This machine's engine as what builds and pushes images for another engine."""

from __future__ import annotations

from functools import cached_property

from ....errors import EngineError
from ....events import Emit
from ....runtime.task import Settings
from ....workflow.model import Image
from ..client import Client, NoEngine, find
from .store import ImageStore

TAG_LENGTH = 12


class ImagesForCluster:
    """See ``LocalImages`` of engines/kubernetes/local_images.py; the engine is looked for when it is first needed."""

    def __init__(self, docker_host: str) -> None:
        self._docker_host = docker_host

    @cached_property
    def _client(self) -> Client:
        found = find(host=self._docker_host)
        if isinstance(found, NoEngine):
            raise EngineError(f"the images that this project builds take Docker or Podman: {found.reason}")
        return found

    @cached_property
    def _images(self) -> ImageStore:
        return ImageStore(self._client)

    def have(self, image: Image, settings: Settings, emit: Emit) -> None:
        self._images.fetch(image, settings, emit)
        self._images.check(image.image)

    def push(self, image: str, repository: str) -> str:
        content = self._client.must("image", "inspect", "--format", "{{.Id}}", image).removeprefix("sha256:")
        name = f"{repository}/{_last_name(image)}:{content[:TAG_LENGTH]}"
        self._client.must("tag", image, name)
        self._client.must("push", name)
        return name


def _last_name(image: str) -> str:
    """Return an image's name without its registry, folders, tag and digest."""
    return image.partition("@")[0].rpartition("/")[2].partition(":")[0]
