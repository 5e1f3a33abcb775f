"""The steps that CircleCI itself knows: which there are and what they must be given.

Configuration reference, "steps" and the sections on each step.
"""

from __future__ import annotations

import re

from ..source.nodes import ListNode, MapNode, Node, Scalar
from ..workflow.model import WHEN
from .define import meaningless
from .definitions import BROKEN
from .diagnostics import Diagnostics

REQUIRED: dict[str, tuple[str, ...]] = {
    "run": ("command",),
    "checkout": (),
    "setup_remote_docker": (),
    "save_cache": ("key", "paths"),
    "restore_cache": (),
    "store_artifacts": ("path",),
    "store_test_results": ("path",),
    "persist_to_workspace": ("root", "paths"),
    "attach_workspace": ("at",),
    "add_ssh_keys": (),
    "install_signing_bundle": (),
    "deploy": (),
}
"""Every built-in step with the keys that it cannot do without."""

_RUN = (
    *("command", "name", "shell", "environment", "background", "working_directory", "no_output_timeout"),
    *("when", "max_auto_reruns", "auto_rerun_delay"),
)
KEYS: dict[str, tuple[str, ...]] = {
    "run": _RUN,
    "checkout": ("path", "method", "depth", "name", "when"),
    "setup_remote_docker": ("docker_layer_caching", "prefer_same_region", "version", "name", "when"),
    "save_cache": ("paths", "key", "name", "when"),
    "restore_cache": ("key", "keys", "name", "when"),
    "store_artifacts": ("path", "destination", "name", "when"),
    "store_test_results": ("path", "name", "when"),
    "persist_to_workspace": ("root", "paths", "name", "when"),
    "attach_workspace": ("at", "name", "when"),
    "add_ssh_keys": ("fingerprints", "name", "when"),
    "install_signing_bundle": ("name", "when"),
    "deploy": _RUN,
}
"""Every built-in step with the keys that mean something to it; CircleCI takes others and does not look at them."""
_KNOWN = {name: frozenset(keys) for name, keys in KEYS.items()}

CONDITIONAL = ("when", "unless")
METHODS = ("blobless", "full", "shallow")
_FUNCTION = re.compile(r"\bcircleci\s+run\s+([\w.-]+/[\w.-]+@[\w.-]+)")
_DELAY = re.compile(r"(10|[1-9])m\Z|([1-9][0-9]*)s\Z")


def normal_form(name: str, key: Scalar, value: Node, step: Node, diagnostics: Diagnostics) -> Node:
    """Return a built-in step as the compiled config has it: a ``run`` of text becomes a map with ``command``."""
    if name == "run" and isinstance(value, Scalar) and value is not BROKEN:
        value = _run_map(value, diagnostics)
    check(name, key, value, diagnostics)
    return MapNode({name: (key, value)}, step.file, step.line, step.column)


def _run_map(value: Scalar, diagnostics: Diagnostics) -> Node:
    if value.text is None:
        hint = "indent command: below run:" if value.value is None else "put the command in quotes"
        diagnostics.error(value, "run needs a command, as text or as a map with the key command", hint)
        return BROKEN
    key = Scalar("command", value.file, value.line, value.column)
    return MapNode({"command": (key, value)}, value.file, value.line, value.column)


def check(name: str, key: Scalar, value: Node, diagnostics: Diagnostics) -> None:
    """Report a built-in step that lacks what it needs."""
    if value is BROKEN:
        return
    required = REQUIRED[name]
    if isinstance(value, ListNode) or (isinstance(value, Scalar) and (required or name == "restore_cache")):
        wanted = ", ".join(required or ("key", "keys"))
        diagnostics.error(key, f"step {name} must be a map with {wanted}")
        return
    if not isinstance(value, MapNode):
        return
    if not _KNOWN[name].issuperset(value.entries):
        meaningless(value, KEYS[name], f"step {name}", diagnostics)
    entries = value.entries
    missing = [text for text in required if text not in entries]
    if name == "restore_cache" and "key" not in entries and "keys" not in entries:
        missing = ["key"]
    for text in missing:
        hint = "give it key or keys" if name == "restore_cache" else ""
        diagnostics.error(key, f"required key [{text}] not found in step {name}", hint)
    if name == "checkout" and "method" in entries:
        _check_method(entries["method"][1], diagnostics)
    if name == "run":
        _check_run(entries, diagnostics)
    elif "when" in entries:
        _check_when(entries["when"][1], diagnostics)


def _check_run(entries: dict[str, tuple[Scalar, Node]], diagnostics: Diagnostics) -> None:
    command = entries.get("command")
    if command and command[1] is not BROKEN and not (isinstance(command[1], Scalar) and command[1].value is not None):
        diagnostics.error(command[1], "the command of a run step must be text")
    if command:
        _warn_of_function(command[1], diagnostics)
    if "when" in entries:
        _check_when(entries["when"][1], diagnostics)
    if "max_auto_reruns" in entries or "auto_rerun_delay" in entries:
        _check_reruns(entries, diagnostics)


def _check_method(node: Node, diagnostics: Diagnostics) -> None:
    if node is not BROKEN and (not isinstance(node, Scalar) or node.value not in METHODS):
        shown = node.value if isinstance(node, Scalar) else "a collection"
        diagnostics.error(node, f"the method of a checkout is one of {', '.join(METHODS)}, not {shown}")


def _warn_of_function(node: Node, diagnostics: Diagnostics) -> None:
    """Warn of a program of CircleCI's that a step runs: the command that finds it is in their environments only."""
    text = node.text or ""
    found = _FUNCTION.search(text) if "circleci" in text else None
    if found:
        message = f"the function {found[1]} is run by CircleCI only"
        diagnostics.warn(node, message, "a local run has no circleci run NAMESPACE/NAME@VERSION, so the step fails")


def _check_when(node: Node, diagnostics: Diagnostics) -> None:
    if node is not BROKEN and (not isinstance(node, Scalar) or node.value not in WHEN):
        shown = node.value if isinstance(node, Scalar) else "a collection"
        diagnostics.error(node, f"when of a step must be one of {', '.join(WHEN)}, not {shown}")


def _check_reruns(entries: dict[str, tuple[Scalar, Node]], diagnostics: Diagnostics) -> None:
    """Report wrong keys of automatic reruns (configuration reference, "Automatic step reruns")."""
    delay = entries.get("auto_rerun_delay")
    if "max_auto_reruns" in entries:
        check_max_auto_reruns(entries["max_auto_reruns"][1], diagnostics)
    elif delay:
        diagnostics.error(delay[0], "auto_rerun_delay needs max_auto_reruns beside it")
    if delay and delay[1] is not BROKEN and not _is_delay(delay[1]):
        diagnostics.error(delay[1], "auto_rerun_delay must be 1s or more and at most 10m", "for example 30s or 2m")
    background = entries.get("background")
    if background and isinstance(background[1], Scalar) and background[1].value is True:
        diagnostics.error(background[0], "a background step cannot be rerun", "remove background, or the reruns")


def _is_delay(node: Node) -> bool:
    found = _DELAY.match(str(node.value)) if isinstance(node, Scalar) else None
    return found is not None and (found[2] is None or (len(found[2]) <= 3 and int(found[2]) <= 600))


def check_max_auto_reruns(node: Node, diagnostics: Diagnostics) -> int:
    """Return the number of reruns, 1 to 5; report any other value and return 0."""
    value = node.value if isinstance(node, Scalar) else None
    if isinstance(value, int) and not isinstance(value, bool) and 1 <= value <= 5:
        return value
    if node is not BROKEN:
        diagnostics.error(node, "max_auto_reruns must be an integer from 1 to 5")
    return 0
