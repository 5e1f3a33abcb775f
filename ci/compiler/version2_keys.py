"""What version 2 takes and does not look at: unknown keys, each warned of.

Configuration reference, "version", "jobs" and "workflows"; what only 2.1 knows means nothing in version 2.
"""

from __future__ import annotations

from ..source.nodes import ListNode, MapNode, Node, Scalar, is_anchored
from .builtin_steps import KEYS
from .define import meaningless, near_key
from .diagnostics import Diagnostics
from .executors import IMAGE_KEYS
from .jobs import BUILD_KEYS

TOP_LEVEL = ("version", "jobs", "workflows", "experimental")
NEWER = ("orbs", "commands", "executors", "parameters", "job-groups", "functions")
"""What only version 2.1 knows."""
_JOB = tuple(key for key in BUILD_KEYS if key not in ("executor", "parameters", "description"))
_ENTRY = ("requires", "filters", "context", "type")


def warn_of_unknown(root: MapNode, diagnostics: Diagnostics) -> None:
    """Warn of every key that means nothing; others on the top level are the usual place for anchors."""
    for text, (key, value) in root.entries.items():
        if text in NEWER:
            diagnostics.warn(key, f"the key '{text}' means nothing in version 2", "write version: 2.1")
        elif text in TOP_LEVEL or is_anchored(key, value):
            continue
        elif near := near_key(text, TOP_LEVEL, root, diagnostics):
            diagnostics.warn(key, f"the key '{text}' means nothing to CircleCI", near)
    for name, body in _maps(root.get("jobs")):
        _job(name, body, diagnostics)
    for name, body in _maps(root.get("workflows")):
        meaningless(body, ("jobs", "triggers", "when", "unless"), f"workflow '{name}'", diagnostics)
        for item in _items(body.get("jobs")):
            for job, attributes in _maps(item):
                meaningless(attributes, _ENTRY, f"the entry of job '{job}'", diagnostics)


def _maps(node: Node | None) -> list[tuple[str, MapNode]]:
    """Return the entries of a map that are maps themselves."""
    entries = node.entries if isinstance(node, MapNode) else {}
    return [(name, body) for name, (_, body) in entries.items() if isinstance(body, MapNode)]


def _items(node: Node | None) -> list[Node]:
    return node.items if isinstance(node, ListNode) else []


def _job(name: str, body: MapNode, diagnostics: Diagnostics) -> None:
    meaningless(body, _JOB, f"job '{name}'", diagnostics)
    for image in _items(body.get("docker")):
        if isinstance(image, MapNode):
            meaningless(image, IMAGE_KEYS, f"an image of job '{name}'", diagnostics)
    for step in _items(body.get("steps")):
        _step(step, diagnostics)


def _step(step: Node, diagnostics: Diagnostics) -> None:
    if isinstance(step, Scalar):
        _name(str(step.value), step, diagnostics)
    for text, body in _maps(step):
        if text in KEYS:
            meaningless(body, KEYS[text], f"step {text}", diagnostics)
    if isinstance(step, MapNode):
        for text, (key, _) in step.entries.items():
            _name(text, key, diagnostics)


def _name(text: str, place: Scalar, diagnostics: Diagnostics) -> None:
    if text not in KEYS:
        diagnostics.warn(place, f"there is no step '{text}' in version 2", diagnostics.suggest(text, KEYS))
