"""Why a job cannot run on a cluster, or differs there from CircleCI, found in its config alone."""

from __future__ import annotations

from collections.abc import Iterator

from ...runtime.task import Settings
from ...workflow.model import Image, Job
from ...workflow.step_words import uses_sudo
from ..container import resources
from . import manifest, names
from .choices import ClusterChoices

DOCKER = "--engine docker"
CIMG_USER = 3434
"""The number of the user ``circleci`` in the images ``cimg/...``."""


def job_skip_reason(job: Job, settings: Settings) -> str | None:
    """Return why a cluster cannot run a job; None if it can."""
    if job.executor == "macos":
        return "it needs a macOS executor, and Pods run Linux"
    if "windows" in job.resource_class or "windows" in job.machine_image:
        return "it needs a Windows executor, and Pods run Linux"
    if job.executor == "machine":
        return f"it needs a machine executor, and a Pod is no virtual machine: {DOCKER}"
    return next(filter(None, (image_skip_reason(image, settings) for image in job.images)), None)


def platform_refusal(platform: str) -> str | None:
    """Return why no Pod has images of a platform, as ``--platform`` writes it; None if one can."""
    system, slash, _ = platform.partition("/")
    return f"--platform {platform}: Pods run Linux, as in linux/arm64" if slash and system != "linux" else None


def image_skip_reason(image: Image, settings: Settings) -> str | None:
    """Return why a Pod cannot have a container of an image; None if it can."""
    if (who := manifest.run_as(image.user)) is None:
        return (
            f"the user of {image.image} is the name {image.user!r}, and Pods take a number: write it as "
            f'`user: "{CIMG_USER}"`, which is circleci in cimg images'
        )
    if settings.kube_security == "restricted" and who.get("runAsUser") == 0:
        return f"the user of {image.image} is root, which kubernetes.security = restricted forbids"
    if image.name and not manifest.is_host_name(image.name):
        return f"the name {image.name!r} of {image.image} is no host's name, which has letters, digits, - and . alone"
    return None


def pod_differences(job: Job, choices: ClusterChoices, arm: bool, changes: str = "") -> Iterator[tuple[str, str]]:
    """Yield what a job does not get in a Pod, as keys of fidelity.py's table with a text.

    ``arm`` is whether the Pod's node is an Arm machine, ``changes`` what the cluster has changed in the Pod.
    """
    yield from (("resource_class", text) for text in _resource_differences(job, choices, arm))
    primary = job.images[0]
    if primary.command and not primary.entrypoint:
        yield "own entrypoint", ""
    if any(image.auth or image.cloud_auth for image in job.images):
        yield "auth", ""
    if choices.security == "restricted" and uses_sudo(job):
        yield "sudo", 'sudo does not work: kubernetes.security = "restricted"'
    if changes:
        yield "changed", f"an admission controller of the cluster has changed the Pod: {changes}"


def _resource_differences(job: Job, choices: ClusterChoices, arm: bool) -> Iterator[str]:
    name = job.resource_class or names.DEFAULT_CLASS
    yield from resources.differences(job, resources.Machine(1 << 10, 1 << 50, arm), choices.platform)
    if choices.resources == 0:
        yield "resource_class sets no limits: kubernetes.resources is 0"
    elif choices.resources != 1:
        yield f"the job has {choices.resources:g} of resource class {name} (kubernetes.resources)"
