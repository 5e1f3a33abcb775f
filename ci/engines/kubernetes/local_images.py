"""Images that the project builds, brought to a cluster: loaded where that is on this machine, else pushed."""

from __future__ import annotations

import json
import shutil
import time
from collections.abc import Callable, Mapping, Sequence
from typing import Protocol

from ... import process
from ...errors import EngineError, Problem, UsageError
from ...events import Emit, Progress
from ...runtime.task import Settings
from ...workflow.model import Image
from .choices import ClusterChoices
from .cluster.kubeconfig import Target

Load = Callable[[str, str], Sequence[str]]
LOADERS: Mapping[str, Load] = {
    "kind-": lambda name, image: ("kind", "load", "docker-image", image, "--name", name),
    "k3d-": lambda name, image: ("k3d", "image", "import", image, "--cluster", name),
}
"""How a context of a cluster on this machine begins, and what loads an image of the local engine into it.

https://kind.sigs.k8s.io/docs/user/quick-start/#loading-an-image-into-your-cluster
https://k3d.io/stable/usage/importing_images/
"""
MINIKUBE = "minikube"
PROFILES_SECONDS = 30.0
"""How long minikube may take to list its profiles: it looks at each cluster."""


class LocalImages(Protocol):
    """What builds and pushes images here."""

    def have(self, image: Image, settings: Settings, emit: Emit) -> None:
        """Build an image that is not here. Raise EngineError."""

    def push(self, image: str, repository: str) -> str:
        """Push an image; return its name there, which no other content has. Raise EngineError.

        A node that has an image of a name does not pull it again, so that a tag would be of an older build.
        """


def bring(
    local: LocalImages,
    target: Target,
    choices: ClusterChoices,
    wanted: Mapping[str, Image],
    settings: Settings,
    emit: Emit,
) -> dict[str, str]:
    """Have a cluster get the images that the project builds; return the name there of each.

    With ``--pull never`` the nodes are taken to have them. Raise EngineError; UsageError where nothing is set by which
    the cluster could get them.
    """
    own = [image for image in dict(settings.builds) if image in wanted]
    if not own or choices.pull == "never":
        return {}
    way = _way(target, choices, own[0])
    found = {}
    for image in own:
        local.have(wanted[image], settings, emit)
        task = f"bringing {image} to the cluster"
        emit(Progress(time.time(), task))
        if way:
            _load(way(image))
            found[image] = image
        else:
            found[image] = local.push(image, choices.repository.rstrip("/"))
        emit(Progress(time.time(), task, ended=True))
    return found


def _way(target: Target, choices: ClusterChoices, image: str) -> Callable[[str], Sequence[str]] | None:
    """Return the command that loads an image; None if it is to be pushed."""
    if choices.repository:
        return None
    context = target.context
    for begin, load in LOADERS.items():
        if context.startswith(begin):
            return lambda image: load(context.removeprefix(begin), image)
    if profile := _profile(target):
        return lambda image: (MINIKUBE, "--profile", profile, "image", "load", image)
    hint = (
        "Set repository in [tool.nox-circleci.kubernetes] to where it can be pushed; with --pull never the nodes are "
        "taken to have it."
    )
    message = f"{image} is built by this project, and context {context} is no cluster of kind, k3d or minikube"
    raise UsageError(Problem(f"{message}, into which it could be loaded", None, hint))


def _profile(target: Target) -> str:
    """Return the profile of minikube that a cluster is; empty if it is not one.

    A profile may have any name, which its context has too. A kubeconfig that older versions have written does not
    say whose a cluster is. https://minikube.sigs.k8s.io/docs/commands/image/#minikube-image-load
    """
    if target.minikube:
        return target.minikube
    if target.context.startswith(MINIKUBE) or target.context in _profiles():
        return target.context
    return ""


def _profiles() -> Sequence[str]:
    """Return the names of all profiles; none where minikube is not installed or does not say.

    https://minikube.sigs.k8s.io/docs/commands/profile/#minikube-profile-list
    """
    if not shutil.which(MINIKUBE):
        return ()
    listed = process.capture((MINIKUBE, "profile", "list", "-o", "json"), timeout=PROFILES_SECONDS)
    try:
        return [str(each["Name"]) for each in json.loads(listed.stdout)["valid"] or ()]
    except (ValueError, KeyError, TypeError):
        return ()


def _load(words: Sequence[str]) -> None:
    if not shutil.which(words[0]):
        raise EngineError(f"there is no {words[0]} on PATH, which loads images into its clusters")
    done = process.capture(words)
    if not done.ok:
        last = (done.stderr or done.stdout).strip().splitlines()[-1:]
        raise EngineError(f"`{' '.join(words)}` failed: {' '.join(last)}")
