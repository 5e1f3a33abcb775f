"""The images of a run: each pulled or built once before its first job, as the user wants it."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path

from ...errors import EngineError
from ...events import Emit, Notice
from ...runtime.task import Settings
from ...workflow.model import Image
from . import images
from .client import Client, ImageHere


class Supply:
    """What is known of a run's images; by name, which is what jobs that share one have in common."""

    def __init__(self, client: Client, settings: Settings) -> None:
        self._client = client
        self._settings = settings
        self._builds = dict(settings.builds)
        self._trouble: dict[str, EngineError] = {}
        self._here: dict[str, ImageHere] = {}

    def check(self, name: str) -> None:
        """Raise the EngineError of an image that could not be had."""
        if name in self._trouble:
            raise self._trouble[name]

    def lacking(self, image: Image) -> str:
        """Why an image cannot be had, as far as that can be told without having it; empty where it can."""
        if image.image in self._builds:
            return ""
        return images.lacking(self._client, image, self._settings.pull, self._settings.platform)

    def foreseen(self, name: str) -> str:
        """The image, and what would be done to have it here."""
        if self._settings.pull != "always" and self._look(name):
            return name
        if self._settings.pull == "never":
            return f"{name}, which is not here, and --pull is never: the job would fail"
        how = f"built from {self._builds[name]}" if name in self._builds else "pulled"
        return f"{name}, which would be {how}"

    def fetch(self, image: Image, emit: Emit) -> None:
        """Have an image here; what cannot be had is told by the jobs that need it."""
        name, wanted = image.image, self._settings.pull
        here = self._look(name)
        if wanted == "never" and not here:
            kind = f" for {self._settings.platform}" if self._settings.platform else ""
            self._trouble[name] = EngineError(f"the image {name} is not here{kind}, and --pull is never")
        if wanted == "never" or (wanted == "missing" and here):
            return
        try:
            self._bring(image, lambda text: emit(Notice(time.time(), text)))
            self._look(name)
        except EngineError as error:
            if here:
                told = "; ".join(problem.message for problem in error.problems)
                emit(Notice(time.time(), f"{told}; the one that is here is used", level="warning"))
            else:
                self._trouble[name] = error

    def keeps_entrypoint(self, name: str) -> bool:
        """Whether an image that was fetched wants its own entrypoint to run."""
        return name in self._here and self._here[name].keeps_entrypoint

    def _look(self, name: str) -> bool:
        found = self._client.look_at(name, self._settings.platform)
        if found:
            self._here[name] = found
        return found is not None

    def _bring(self, image: Image, say: Callable[[str], None]) -> None:
        name = image.image
        if name in self._builds:
            self._build(name, self._builds[name], say)
            return
        weight = images.download_bytes(self._client, name)
        say(f"pulling {name}{f' ({weight / 1e6:.0f} MB)' if weight else ''}")
        images.pull(self._client, image, self._settings.platform, say, self._settings.registry_variables)

    def _build(self, name: str, dockerfile: Path, say: Callable[[str], None]) -> None:
        say(f"building {name} from {dockerfile}: that can download more than 500 MB (nox -s images does it beforehand)")

        def told(line: str) -> None:
            if images.milestone(line):
                say(line)

        images.build(self._client, name, dockerfile, told, wanted_platform=self._settings.platform)
