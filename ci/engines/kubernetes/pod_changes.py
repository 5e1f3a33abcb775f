"""What a cluster has changed in a Pod before it took it.

https://kubernetes.io/docs/reference/access-authn-authz/admission-controllers/: a LimitRange, a mesh that adds its proxy
or a policy's webhook may change any part of it without a word.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from . import names
from .manifest import PRIMARY
from .pod_refusal import quantity

Json = Mapping[str, Any]

OF_POD = {
    "activeDeadlineSeconds": "its deadline",
    "automountServiceAccountToken": "a service account's token is in it",
    "nodeSelector": "its nodeSelector",
}
OF_CONTAINER = {"command": "its command", "args": "its arguments", "imagePullPolicy": "when its image is pulled"}


def pod_changes(asked: Json, made: Json) -> str:
    """Return how a Pod is other than it was asked for, as far as its job can notice; empty if it is not."""
    wanted, found = asked["spec"], made["spec"]
    parts = [text for key, text in OF_POD.items() if found.get(key) != wanted.get(key)]
    if _other(wanted.get("securityContext"), found.get("securityContext")):
        parts.append("its securityContext")
    names = {each["name"] for each in wanted["containers"]}
    there = {each["name"]: each for each in found["containers"]}
    for each in wanted["containers"]:
        changes = ", ".join(_of_container(each, there.get(each["name"], {})))
        parts += [f"{each['name']}: {changes}"] if changes else []
    added = [*(each for name, each in there.items() if name not in names), *(found.get("initContainers") or ())]
    parts += [f"the container {each['name']} of {each['image']} is added" for each in added]
    return "; ".join(parts)


def what_hinders(asked: Json, made: Json) -> str:
    """Return what has been changed so that no step can run in the Pod; empty if nothing has."""
    wanted, found = (_primary(each["spec"]["containers"]) for each in (asked, made))
    changed = [key for key in ("command", "args") if (found.get(key) or []) != (wanted.get(key) or [])]
    if not changed:
        return ""
    what = f"the cluster has changed {' and '.join(changed)} of the container {PRIMARY}, by which steps run in it"
    return f"{what}: what does that has to leave Pods alone that have the label {names.MANAGED_BY}"


def _primary(containers: Sequence[Json]) -> Json:
    return next((each for each in containers if each["name"] == PRIMARY), {})


def _of_container(wanted: Json, found: Json) -> Iterator[str]:
    if found.get("image") != wanted["image"]:
        yield f"the image is {found.get('image')}"
    yield from (text for key, text in OF_CONTAINER.items() if key in wanted and found.get(key) != wanted[key])
    yield from _limits(wanted, found)
    if _other(wanted.get("securityContext"), found.get("securityContext")):
        yield "its securityContext"
    own = {each["name"] for each in wanted.get("env") or ()}
    if added := [each["name"] for each in found.get("env") or () if each["name"] not in own]:
        yield f"with the variable{'s' * (len(added) > 1)} {', '.join(added)}"


def _limits(wanted: Json, found: Json) -> Iterator[str]:
    """Yield each limit that is another one; the cluster writes quantities in its own way."""
    before, after = ((each.get("resources") or {}).get("limits") or {} for each in (wanted, found))
    for name in sorted({*before, *after}):
        if quantity(before.get(name, "")) != quantity(after.get(name, "")):
            yield f"{name} limit {after.get(name, 'none')}"


def _other(wanted: Json | None, found: Json | None) -> bool:
    return (wanted or {}) != (found or {})
