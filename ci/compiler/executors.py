"""Executors: filled with arguments and checked, to be merged into jobs.

Reusable config reference, "Authoring reusable executors" and "Executor"; configuration reference, "executors".
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from ..source.nodes import ListNode, MapNode, Node, Scalar
from .define import extraneous
from .definitions import BROKEN, Argument, Executor, ExecutorChoice, identity
from .diagnostics import Diagnostics
from .expand import bind
from .scope import Scope, substitute

KINDS = ("docker", "machine", "macos")
"""The execution environments: a job or an executor has one of them."""
_KEYS = (*KINDS, "environment", "working_directory", "shell", "resource_class", "parameters", "description")
_GONE = re.compile(r"macos\.(?:x86|m1)\..+|m2pro\..+")
"""Resource classes of Macs that are no more: https://circleci.com/changelog/deprecation-of-mac-m1-and-m2-resource-classes/"""
_LIFTED = frozenset(("resource_class", "shell"))
"""What belongs to the job though it may be written inside ``machine``."""
IMAGE_KEYS = ("image", "name", "entrypoint", "command", "user", "environment", "auth", "aws_auth", "gcp_auth")


def instantiate(choice: ExecutorChoice, scope: Scope) -> MapNode | None:
    """Return the chosen executor's keys with its arguments filled in; report an unknown one and return None."""
    executor = choice.definitions.executor(choice.name, choice.position, scope.compilation.diagnostics)
    if executor is None:
        return None
    with scope.compilation.diagnostics.within(f"Error calling executor: '{choice.name}'", choice.position):
        home = scope.inside(executor.definitions, {})
        bound = bind(f"executor '{choice.name}'", executor.declarations, choice.arguments, scope, home, choice.position)
        key = (id(executor), tuple((name, identity(value)) for name, value in bound.items()))
        return scope.compilation.executors.get(key, bound, lambda: _body(executor, bound, scope))


def _body(executor: Executor, bound: dict[str, Argument], scope: Scope) -> MapNode:
    inner = scope.inside(executor.definitions, bound)
    diagnostics = scope.compilation.diagnostics
    extraneous(executor.body, _KEYS, f"executor '{executor.name}'", diagnostics)
    entries = {
        text: (key, substitute(value, inner))
        for text, (key, value) in executor.body.entries.items()
        if text not in ("parameters", "description")
    }
    entries = lift_machine(entries)
    body = MapNode(entries, executor.body.file, executor.body.line, executor.body.column)
    check_environment(entries, f"executor '{executor.name}'", diagnostics)
    if not any(kind in entries for kind in KINDS):
        diagnostics.error(executor.position, f"executor '{executor.name}' needs one of docker, machine or macos")
    return body


def lift_machine(entries: dict[str, tuple[Scalar, Node]]) -> dict[str, tuple[Scalar, Node]]:
    """Return the entries with ``resource_class`` and ``shell`` of a ``machine`` beside it, as in CircleCI's output."""
    key, machine = entries.get("machine", (None, None))
    if key is None or not isinstance(machine, MapNode) or _LIFTED.isdisjoint(machine.entries):
        return entries
    lifted = {text: entry for text, entry in machine.entries.items() if text in _LIFTED}
    rest = {text: entry for text, entry in machine.entries.items() if text not in _LIFTED}
    at = machine
    left: Node = MapNode(rest, at.file, at.line, at.column) if rest else Scalar(True, at.file, at.line, at.column)
    return {**lifted, **entries, "machine": (key, left)}


def check_environment(entries: Mapping[str, tuple[Scalar, Node]], what: str, diagnostics: Diagnostics) -> None:
    """Report two execution environments in one place, and images of a wrong shape."""
    kinds = [kind for kind in KINDS if kind in entries]
    if len(kinds) > 1:
        diagnostics.error(entries[kinds[1]][0], f"{what} has {' and '.join(kinds)}", "only one of them is allowed")
    if "docker" not in entries or entries["docker"][1] is BROKEN:
        return
    images = entries["docker"][1]
    if not isinstance(images, ListNode) or not images.items:
        diagnostics.error(
            images, f"docker in {what} must be a list of images", "for example [{image: cimg/base:stable}]"
        )
        return
    for image in images.items:
        _check_image(image, what, diagnostics)


def warn_of_class(entries: Mapping[str, tuple[Scalar, Node]], diagnostics: Diagnostics) -> None:
    """Warn of a macOS job's resource class that CircleCI has removed."""
    node = entries["resource_class"][1] if "macos" in entries and "resource_class" in entries else None
    if isinstance(node, Scalar) and _GONE.fullmatch(str(node.value)):
        message = f"CircleCI rejects jobs of the resource class {node.value} since 16 February 2026"
        diagnostics.warn(node, message, "for example m4pro.medium")


def _check_image(image: Node, what: str, diagnostics: Diagnostics) -> None:
    if not isinstance(image, MapNode):
        if image is not BROKEN:
            diagnostics.error(image, f"an image in {what} must be a map with the key image")
        return
    extraneous(image, IMAGE_KEYS, f"an image of {what}", diagnostics)
    if "image" not in image.entries:
        diagnostics.error(image, f"required key [image] not found in {what}")


def names_of(choice: ExecutorChoice | None, entries: Mapping[str, tuple[Scalar, Node]]) -> tuple[str, ...]:
    """Return the names by which ``-e`` finds a job: its executor's, else its image and the kind of its environment."""
    found = [choice.name] if choice else []
    for kind in KINDS:
        if kind in entries:
            image = _image(entries[kind][1])
            found += [image] if image else []
            found.append(kind)
    return tuple(dict.fromkeys(found))


def _image(node: Node) -> str:
    """Return the image that an environment names: the first of docker, the one of a machine."""
    if isinstance(node, ListNode):
        return _image(node.items[0]) if node.items else ""
    if isinstance(node, MapNode):
        image = node.get("image")
        return str(image.value) if isinstance(image, Scalar) and image.value is not None else ""
    return node.value if isinstance(node.value, str) else ""
