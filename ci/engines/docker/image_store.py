"""The images of a run: each pulled or built once before its first job, as the user wants it."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable
from itertools import islice
from pathlib import Path

from ...errors import EngineError, Problem
from ...events import Emit, Notice
from ...process import Begun
from ...runtime.task import Settings
from ...system.command_names import nox_command
from ...workflow.model import Image
from . import image_builds
from .client import Client, ImageHere, seen

AHEAD = 4
"""How many images are looked at beside each other: a process each."""


class Supply:
    """What is known of a run's images; by name, which is what jobs that share one have in common."""

    def __init__(self, client: Client) -> None:
        self._client = client
        self._trouble: dict[str, EngineError] = {}
        self._here: dict[str, ImageHere] = {}
        self._asked: dict[str, Begun] = {}

    def look_ahead(self, wanted: Iterable[Image]) -> None:
        """Begin to look at what will be wanted first, which takes a while for each."""
        for image in islice(wanted, AHEAD):
            if image.image not in {*self._here, *self._asked}:
                self._asked[image.image] = self._client.ask_of(image.image)

    def check(self, name: str) -> None:
        """Raise the EngineError of an image that could not be had."""
        if name in self._trouble:
            raise self._trouble[name]

    def lacking(self, image: Image, settings: Settings) -> str:
        """Why an image cannot be had, as far as that can be told without having it; empty where it can."""
        name, builds = image.image, dict(settings.builds)
        if self._is_here(name, settings.platform):
            return ""
        if settings.pull == "never":
            return f"the image {name} is not here"
        if name not in builds:
            return image_builds.lacking(self._client, image)
        why = image_builds.lacking_base(self._client, builds[name], lambda base: self._look(base, settings.platform))
        return f"the image {name} cannot be built: {why}" if why else ""

    def trouble(self) -> str | None:
        """Return why an image could not be had, of those that were fetched."""
        return next((error.problems[0].message for error in self._trouble.values()), None)

    def foreseen(self, name: str, settings: Settings) -> str:
        """The image, and what would be done to have it here."""
        if settings.pull != "always" and self._is_here(name, settings.platform):
            return name
        if settings.pull == "never":
            return f"{name}, which is not here, and --pull is never: the job would fail"
        builds = dict(settings.builds)
        how = f"built from {builds[name]}" if name in builds else "pulled"
        return f"{name}, which would be {how}"

    def fetch(self, image: Image, settings: Settings, emit: Emit) -> None:
        """Have an image here; what cannot be had is told by the jobs that need it."""
        name, wanted = image.image, settings.pull
        here = self._is_here(name, settings.platform)
        if wanted == "never" and not here:
            kind = f" for {settings.platform}" if settings.platform else ""
            self._trouble[name] = EngineError(f"the image {name} is not here{kind}, and --pull is never")
        if wanted == "never" or (wanted == "missing" and here):
            return
        try:
            self._bring(image, settings, lambda text: emit(Notice(time.time(), text)))
            self._look(name, settings.platform)
        except EngineError as error:
            if here:
                told = "; ".join(problem.message for problem in error.problems)
                emit(Notice(time.time(), f"{told}; the one that is here is used", level="warning"))
            else:
                self._trouble[name] = error

    def keeps_entrypoint(self, name: str) -> bool:
        """Whether an image that was fetched wants its own entrypoint to run."""
        return name in self._here and self._here[name].keeps_entrypoint

    def _is_here(self, name: str, platform: str) -> bool:
        return name in self._here or self._look(name, platform)

    def _look(self, name: str, platform: str) -> bool:
        asked = self._asked.pop(name, None) or self._client.ask_of(name)
        found = seen(asked.result(), platform)
        if found:
            self._here[name] = found
        return found is not None

    def _bring(self, image: Image, settings: Settings, say: Callable[[str], None]) -> None:
        name, builds = image.image, dict(settings.builds)
        if name in builds:
            self._build(name, builds[name], settings.platform, say)
            return
        weight = image_builds.download_bytes(self._client, name)
        say(f"pulling {name}{f' ({weight / 1e6:.0f} MB)' if weight else ''}")
        image_builds.pull(self._client, image, settings.platform, say, settings.registry_variables)

    def _build(self, name: str, dockerfile: Path, platform: str, say: Callable[[str], None]) -> None:
        from .causes import is_step

        beforehand = f"{nox_command()} -s images does it beforehand"
        say(f"building {name} from {dockerfile}: that can download more than 500 MB ({beforehand})")

        def told(line: str) -> None:
            if is_step(line):
                say(line)

        try:
            image_builds.build(self._client, name, dockerfile, told, wanted_platform=platform)
        except EngineError as error:
            hint = f"See the whole build: {nox_command()} -s images"
            raise EngineError(Problem(error.problems[0].message, None, hint)) from None
