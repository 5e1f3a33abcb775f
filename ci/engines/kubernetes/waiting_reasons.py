"""Why a Pod has not started yet, and whether it ever will.

https://kubernetes.io/docs/concepts/containers/images/#imagepullbackoff has the states of an image that is pulled.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from ...dataclass import dataclass

Json = Mapping[str, Any]

MOST_PULLS = 2
"""How many attempts to pull an image may fail before its job does."""
BACK_OFF = "ImagePullBackOff"
_PULL = ("ErrImagePull", BACK_OFF, "RegistryUnavailable", "SignatureValidationFailed")
_AT_ONCE = ("InvalidImageName", "ErrImageNeverPull", "CreateContainerConfigError")
"""Reasons that do not go away."""
_OTHERS = ("CreateContainerError", "RunContainerError", "ImageInspectError", "CreatePodSandboxError")
_FRAME = re.compile(r'(Back-off pulling image "[^"]*"(: )?|ErrImagePull: |rpc error: code = \w+ desc = )+')
_STEPS = re.compile(r'(failed to pull and unpack image "[^"]*": |failed to resolve (image|reference) "[^"]*": )+')
_FAILED_PULL = re.compile(r'Failed to pull image "[^"]*": ')
_NEVER = re.compile(r"no match for platform|: not found$|manifest unknown|does not match the specified platform")
"""What a registry says that it will say the next time too."""
_PRIVATE = re.compile(r"authoriz|unauthenticated|denied|401|403", re.IGNORECASE)
_MAKING_ROOM = re.compile(r" (no new claims to deallocate|still not schedulable).*| preemption: .*", re.DOTALL)
_NO_CLAIM = re.compile(r'persistentvolumeclaim "([^"]+)" not found')
_TOO_LARGE = re.compile(r"Insufficient (cpu|memory)")


@dataclass(frozen=True, slots=True)
class Wait:
    """What a Pod waits for; one that is ``hopeless`` will never start."""

    text: str
    hopeless: bool = False
    reason: str = ""
    """The cluster's, of the container that is in the way."""
    failed_pulls: int = 0


NOTHING = Wait("")


def what_it_waits_for(pod: Json, events: Sequence[Json], before: Wait = NOTHING) -> Wait:
    """Return what a Pod waits for; ``before`` is what it waited for when it was last looked at."""
    for image, reason, message in _waiting_containers(pod):
        if reason in _PULL:
            return _pull(image, reason, message, events, before)
        if reason in _AT_ONCE:
            return Wait(_config_error(image, reason, message), True, reason)
        if reason in _OTHERS:
            text = f"the container of {image} cannot start: {message or reason}"
            return Wait(text, _failures(events) > MOST_PULLS, reason)
    if claim := _absent_claim(pod):
        text = f"there is no PersistentVolumeClaim {claim} in the namespace (kubernetes.cache-volume)"
        return Wait(text, True, "NoClaim")
    return Wait(_place(pod) or _preparing(pod, events))


def _absent_claim(pod: Json) -> str:
    """Return the claim of a volume that the scheduler has not found; empty if it has found all."""
    found = _NO_CLAIM.search(_scheduled(pod).get("message", ""))
    return found[1] if found else ""


def _scheduled(pod: Json) -> Json:
    conditions = pod.get("status", {}).get("conditions") or ()
    return next((each for each in conditions if each["type"] == "PodScheduled"), {})


def _waiting_containers(pod: Json) -> Iterator[tuple[str, str, str]]:
    """Yield the image, reason and message of containers that wait for something."""
    images = {each["name"]: each["image"] for each in pod["spec"]["containers"]}
    for each in pod.get("status", {}).get("containerStatuses") or ():
        waiting = each.get("state", {}).get("waiting") or {}
        yield images.get(each["name"], each.get("image", "")), waiting.get("reason", ""), waiting.get("message", "")


def _pull(image: str, reason: str, message: str, events: Sequence[Json], before: Wait) -> Wait:
    """Return that an image cannot be pulled.

    Each attempt that fails is ErrImagePull or the like for a moment, then ImagePullBackOff until the next.
    """
    words = pull_words(message) or _pull_words_of_events(events)
    seen = before.failed_pulls + (before.reason == BACK_OFF and reason != BACK_OFF)
    failed = max(seen, 1, _failed_pulls(events))
    hopeless = failed >= MOST_PULLS or _NEVER.search(words) is not None
    again = "" if hopeless else "; it is tried again"
    text = _with(f"the image {image} cannot be pulled", words)
    return Wait(f"{text}{_pull_hint(words)}{again}", hopeless, reason, failed)


def pull_words(message: str) -> str:
    """Return what a registry said, of what the kubelet says that it said."""
    return " ".join(_STEPS.sub("", _FRAME.sub("", message)).split())


def _pull_words_of_events(events: Sequence[Json]) -> str:
    """Return what a registry said by the events: older clusters do not repeat it in the Pod's status."""
    for each in reversed(events):
        message = each.get("message", "")
        if _FAILED_PULL.match(message):
            return pull_words(_FAILED_PULL.sub("", message))
    return ""


def _pull_hint(words: str) -> str:
    if re.search(r"no match for platform|does not match the specified platform", words):
        return ". The image is not there for the architecture of the Pod's node: --platform chooses the node"
    if _PRIVATE.search(words):
        return ". If it is private, kubernetes.image-pull-secrets names a Secret of the namespace to pull it with"
    return ""


def _failed_pulls(events: Sequence[Json]) -> int:
    found = (each for each in events if _FAILED_PULL.match(each.get("message", "")))
    return sum(_count(each) for each in found)


def _failures(events: Sequence[Json]) -> int:
    return sum(_count(each) for each in events if each.get("reason") == "Failed")


def _count(event: Json) -> int:
    return int(event.get("count") or (event.get("series") or {}).get("count") or 1)


def _config_error(image: str, reason: str, message: str) -> str:
    if reason == "InvalidImageName":
        return f"{image!r} is not the name of an image: {message}"
    if reason == "ErrImageNeverPull":
        return f"the image {image} is not on the Pod's node, and --pull never lets nobody pull it"
    if "non-numeric user" in message:
        return (
            f"the user of {image} is a name, of which a cluster cannot tell that it is not root: with "
            f'kubernetes.security = "restricted" the config must have `user: "NUMBER"` at the image (cimg: "3434")'
        )
    if "runAsNonRoot" in message or "will run as root" in message:
        return (
            f'the user of {image} is root, which kubernetes.security = "restricted" forbids: the config must have '
            f'`user: "NUMBER"` at the image'
        )
    return f"the container of {image} cannot be made: {message or reason}"


def _place(pod: Json) -> str:
    """Return why no node has been chosen; empty if one has."""
    scheduled = _scheduled(pod)
    if pod["spec"].get("nodeName") or scheduled.get("status") == "True":
        return ""
    if scheduled.get("reason") == "SchedulingGated":
        return "waits: something in the cluster holds the Pod back (scheduling gates)"
    message = _without_preemption(scheduled.get("message", ""))
    return f"waits for a node: {message}{_place_hint(pod, message)}" if message else "waits for a node"


def _place_hint(pod: Json, message: str) -> str:
    """Return what the user may do about nodes that do not fit; empty if nothing is known."""
    hints = ["kubernetes.resources makes jobs ask for less"] if _TOO_LARGE.search(message) else []
    if "node affinity/selector" in message:
        wanted = {**(pod["spec"].get("nodeSelector") or {})}
        wanted.pop("kubernetes.io/os", "")
        labels = " and ".join(f"{key}={value}" for key, value in wanted.items())
        source = "a resource class arm.*, --platform or kubernetes.node-selector asks for that"
        hints += [f"its node must have {labels}: {source}"] if labels else []
    if "untolerated taint" in message:
        hints.append("kubernetes.tolerations has the taints that jobs bear")
    return f" ({'; '.join(hints)})" if hints else ""


def _without_preemption(message: str) -> str:
    """Return what the scheduler says of the nodes, without what might have made room: claims, other Pods."""
    return " ".join(_MAKING_ROOM.sub("", message).split()).rstrip(".")


def _preparing(pod: Json, events: Sequence[Json]) -> str:
    """Return what a Pod's node does at the moment, by the last event that says so."""
    node = pod["spec"].get("nodeName", "")
    where = f" on {node}" if node else ""
    for each in reversed(events):
        reason, message = each.get("reason", ""), " ".join(each.get("message", "").split())
        if reason in ("FailedCreatePodSandBox", "FailedMount", "FailedAttachVolume", "NetworkNotReady"):
            return f"its node {node} cannot start it yet: {message}"
        if reason == "Pulling":
            return f"{message[:1].lower()}{message[1:]}{where}"
        if reason in ("Pulled", "Created", "Started", "Scheduled"):
            break
    return f"containers are made{where}"


def _with(text: str, message: str) -> str:
    return f"{text}: {message}" if message else text
