"""Pulling images: whether a registry has one, what it weighs, and its progress."""

from __future__ import annotations

import json
import platform
from collections.abc import Callable, Iterator

from ....errors import EngineError, Problem
from ....workflow.model import Image, Pairs
from ..client import Client
from .pull_progress import PullProgress
from .registries import logged_in, registry_of, remote

LOOK_SECONDS = 10.0
MACHINES = {"x86_64": "amd64", "aarch64": "arm64"}
FETCHED = "Treating single images as manifest lists is not implemented"
"""What Podman says of an OCI image for one platform alone: it has fetched what it was asked for."""


def missing_reason(client: Client, image: Image) -> str | None:
    """Return why an image that is not here cannot be pulled; None if its registry has it."""
    if image.auth is not None:
        return None  # only a login shows that
    why = unreachable(client, image.image)
    return f"the image {image.image} is not here and cannot be pulled: {why}" if why else None


def unreachable(client: Client, image: str) -> str | None:
    """Return why an image's registry does not answer for it; None if it does."""
    words = [*_plain_http(client, image), remote(client, image)]
    manifest = client.call("manifest", "inspect", *words, timeout=LOOK_SECONDS)
    if manifest.ok or FETCHED in manifest.stderr:
        return None
    from .causes import cause

    return cause(manifest.stderr.strip().rpartition("\n")[2]) or "its registry does not answer"


def download_bytes(client: Client, image: str) -> int:
    """Return the bytes that a pull downloads, by the registry's answer; 0 if it has none."""
    verbose = [] if client.podman else ["--verbose"]
    words = [*_plain_http(client, image), *verbose, remote(client, image)]
    manifest = client.call("manifest", "inspect", *words, timeout=LOOK_SECONDS)
    try:
        return max(_sizes(json.loads(manifest.stdout)), default=0) if manifest.ok else 0
    except ValueError:
        return 0


def _plain_http(client: Client, image: str) -> list[str]:
    """Return the option for a registry of this machine, which may speak plain HTTP: Docker's pull needs none for that.

    Podman does as its registries.conf says, in both.
    """
    local = registry_of(image).partition(":")[0] in ("localhost", "127.0.0.1")
    return ["--insecure"] if local and not client.podman else []


def _sizes(part: object) -> Iterator[int]:
    """Yield the sums of layers in the output of ``manifest inspect``, for this kind of machine if it has several."""
    if isinstance(part, list):
        for each in part:
            yield from _sizes(each)
    elif isinstance(part, dict):
        descriptor = part.get("Descriptor")
        kind = descriptor.get("platform") if isinstance(descriptor, dict) else None
        here = MACHINES.get(platform.machine(), platform.machine())
        if isinstance(kind, dict) and kind.get("architecture") not in (None, here):
            return
        layers = part.get("layers")
        if isinstance(layers, list):
            yield sum(layer.get("size", 0) for layer in layers if isinstance(layer, dict))
        for value in part.values():
            if isinstance(value, dict):
                yield from _sizes(value)


def pull(
    client: Client,
    image: Image,
    wanted_platform: str,
    report: Callable[[str], None],
    variables: Pairs = (),
    progress: Callable[[str], None] | None = None,
) -> None:
    """Pull an image; EngineError with the engine's message. See ``registries.py`` for what its ``auth`` may name.

    ``progress`` takes how far it has come, ``report`` what else there is to know (and that too without it).
    """
    lines = PullProgress(progress or report)
    if image.cloud_auth:
        report(f"{image.cloud_auth} of {image.image} is not used here: log in to its registry beforehand")
    wanted = [*(["--platform", wanted_platform] if wanted_platform else []), remote(client, image.image)]
    with logged_in(client, image, variables) as words:
        follow = client.follow if client.podman else client.follow_on_terminal
        status = follow([*words.before, "pull", *words.after, *wanted], lines.line)
    if status:
        from .causes import cause

        why = cause(lines.last) or "no reason was given"
        raise NotPulled(why, image.image, f"To see more, run: {' '.join([client.program, 'pull', *wanted])}")


class NotPulled(EngineError):
    """An image could not be pulled, and why."""

    def __init__(self, why: str, image: str, hint: str) -> None:
        super().__init__(Problem(f"{why}: the image {image} cannot be pulled", None, hint))
        self.why, self.image = why, image


def size(client: Client, image: str) -> int:
    """Return the bytes of an image that is here; 0 if it is not."""
    output = client.call("image", "inspect", "--format", "{{.Size}}", image).stdout.strip()
    return int(output) if output.isdecimal() else 0
