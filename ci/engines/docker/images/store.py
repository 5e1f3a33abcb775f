"""The images of a run: each pulled or built once before its first job, as the user wants it."""

from __future__ import annotations

import time
from collections.abc import Iterable
from itertools import islice
from pathlib import Path

from ....errors import EngineError, Problem
from ....events import Emit, Notice
from ....process import Begun
from ....runtime.progress import reported
from ....runtime.task import Settings
from ....system.command_names import typed_command
from ....workflow.model import Image
from ..client import Client, ImageHere, seen
from . import build, pull

AHEAD = 4
"""How many images are looked at beside each other: a process each."""


class ImageStore:
    """What is known of a run's images, by name: jobs that share an image share its entry."""

    def __init__(self, client: Client) -> None:
        self._client = client
        self._failures: dict[str, EngineError] = {}
        self._here: dict[str, ImageHere] = {}
        self._asked: dict[str, Begun] = {}

    def prefetch(self, wanted: Iterable[Image]) -> None:
        """Begin to ask the engine about the first images that will be wanted, since each answer takes a while."""
        for image in islice(wanted, AHEAD):
            if image.image not in {*self._here, *self._asked}:
                self._asked[image.image] = self._client.ask_of(image.image)

    def check(self, name: str) -> None:
        """Raise the EngineError of an image that could not be pulled or built."""
        if name in self._failures:
            raise self._failures[name]

    def missing_reason(self, image: Image, settings: Settings) -> str | None:
        """Return why an image is out of reach, as far as that is known without a pull; None if it is not."""
        name, builds = image.image, dict(settings.builds)
        if self._is_here(name, settings.platform):
            return None
        if settings.pull == "never":
            return f"the image {name} is not here"
        if name not in builds:
            return pull.missing_reason(self._client, image)
        why = build.missing_base(self._client, builds[name], lambda base: self._look(base, settings.platform))
        return f"the image {name} cannot be built: {why}" if why else None

    def failure(self) -> str | None:
        """Return why an image could not be had, of those that were fetched."""
        return next((error.problems[0].message for error in self._failures.values()), None)

    def preview(self, name: str, settings: Settings) -> str:
        """Return the image, and what would be done to get it."""
        if settings.pull != "always" and self._is_here(name, settings.platform):
            return name
        if settings.pull == "never":
            return f"{name}, which is not here, and --pull is never: the job would fail"
        builds = dict(settings.builds)
        how = f"built from {builds[name]}" if name in builds else "pulled"
        return f"{name}, which would be {how}"

    def fetch(self, image: Image, settings: Settings, emit: Emit) -> None:
        """Pull or build an image if needed. A failure is recorded, and reported by the jobs that use the image."""
        name, wanted = image.image, settings.pull
        here = self._is_here(name, settings.platform)
        if wanted == "never" and not here:
            kind = f" for {settings.platform}" if settings.platform else ""
            self._failures[name] = EngineError(f"the image {name} is not here{kind}, and --pull is never")
        if wanted == "never" or (wanted == "missing" and here):
            return
        try:
            self._bring(image, settings, emit)
            self._look(name, settings.platform)
        except EngineError as error:
            if here:
                reasons = "; ".join(problem.message for problem in error.problems)
                emit(Notice(time.time(), f"{reasons}; the one that is here is used", level="warning"))
            else:
                self._failures[name] = error

    def keeps_entrypoint(self, name: str) -> bool:
        """Return whether an image that was fetched wants its own entrypoint to run."""
        return name in self._here and self._here[name].keeps_entrypoint

    def _is_here(self, name: str, platform: str) -> bool:
        return name in self._here or self._look(name, platform)

    def _look(self, name: str, platform: str) -> bool:
        asked = self._asked.pop(name, None) or self._client.ask_of(name)
        found = seen(asked.result(), platform)
        if found:
            self._here[name] = found
        return found is not None

    def _bring(self, image: Image, settings: Settings, emit: Emit) -> None:
        name, builds = image.image, dict(settings.builds)
        if name in builds:
            self._build(name, builds[name], settings.platform, emit)
            return

        def say(text: str) -> None:
            emit(Notice(time.time(), text))

        weight = pull.download_bytes(self._client, name)
        with reported(emit, f"pulling {name}{f' ({weight / 1e6:.0f} MB)' if weight else ''}") as progress:
            pull.pull(self._client, image, settings.platform, say, settings.registry_variables, progress)

    def _build(self, name: str, dockerfile: Path, platform: str, emit: Emit) -> None:
        from .causes import is_step

        beforehand = f"{typed_command('images')} does it beforehand"
        task = f"building {name} from {dockerfile}"
        emit(Notice(time.time(), f"a build can download more than 500 MB ({beforehand})"))
        try:
            with reported(emit, task) as progress:

                def show_step(line: str) -> None:
                    if is_step(line):
                        progress(line)

                build.build(self._client, name, dockerfile, show_step, wanted_platform=platform)
        except EngineError as error:
            hint = f"See the whole build: {typed_command('images')}"
            raise EngineError(Problem(error.problems[0].message, None, hint)) from None
