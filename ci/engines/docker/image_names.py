"""Images by their names: which registry has them, and how an engine is asked for them."""

from __future__ import annotations

from .client import Client

HUB = "docker.io"


def registry_of(image: str) -> str:
    """The registry that an image's name begins with; Docker Hub's where it begins with none."""
    first, slash, _ = image.partition("/")
    return first if slash and ("." in first or ":" in first or first == "localhost") else HUB


def remote(client: Client, image: str) -> str:
    """The name by which an engine is asked to fetch an image. Podman takes none for Docker Hub's by itself.

    https://circleci.com/docs/reference/configuration-reference/#docker, ``image``
    """
    first = image.partition("/")[0]
    if not client.podman or registry_of(image) != HUB or first == HUB:
        return image
    return f"{HUB}/{image}" if "/" in image else f"{HUB}/library/{image}"
