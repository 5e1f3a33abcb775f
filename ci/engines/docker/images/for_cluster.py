"""This machine's engine as what builds and pushes images for another engine."""

from __future__ import annotations

from functools import cached_property

from ....errors import EngineError
from ....events import Emit
from ....runtime.task import Settings
from ....workflow.model import Image
from ..client import Client, NoEngine, find
from .store import ImageStore


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

    def push(self, image: str, name: str) -> None:
        self._client.must("tag", image, name)
        self._client.must("push", name)
