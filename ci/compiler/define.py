"""Read the commands, executors and jobs of a config or an orb, and check which keys a map has."""

from __future__ import annotations

import re
from collections.abc import Iterable

from ..source.nodes import ListNode, MapNode, Scalar
from .definitions import ANY, Command, Definitions, Executor, JobDefinition
from .diagnostics import Diagnostics
from .parameters import declarations

LOWER_NAME = re.compile(r"[a-z][a-z\d_-]*\Z")
JOB_NAME = re.compile(r"[A-Za-z][A-Za-z\s\d_-]*\Z")


def define(root: MapNode, definitions: Definitions, diagnostics: Diagnostics) -> None:
    """Fill ``definitions`` with the commands, executors and jobs of a config or an orb, reporting wrong shapes."""
    for key, body, node in _section(root, "commands", LOWER_NAME, definitions, diagnostics):
        steps = body.get("steps")
        extraneous(body, ("steps", "parameters", "description"), f"command '{key}'", diagnostics)
        if steps is None or not (isinstance(steps, ListNode) or steps.tagged):
            what = "required key [steps] not found" if steps is None else "steps must be a list"
            diagnostics.error(steps or node, f"{what} in command '{key}'", "a command is a map with a list of steps")
            definitions.invalid.add(("command", key))
            continue
        definitions.commands[key] = Command(
            key, declarations(body, "command", diagnostics), steps, definitions, node.position
        )
    for key, body, node in _section(root, "executors", LOWER_NAME, definitions, diagnostics):
        declared = declarations(body, "executor", diagnostics)
        definitions.executors[key] = Executor(key, declared, body, definitions, node.position)
    for key, body, node in _section(root, "jobs", JOB_NAME, definitions, diagnostics):
        _warn_of_case(key, node, definitions, diagnostics)
        definitions.jobs[key] = JobDefinition(
            key, declarations(body, "job", diagnostics), body, definitions, node.position
        )


def _warn_of_case(name: str, key: Scalar, definitions: Definitions, diagnostics: Diagnostics) -> None:
    """Warn of names that differ in case only.

    Configuration reference, "jobs": names are unique, upper and lower case taken as equal.
    """
    folded = name.lower()
    if folded in definitions.folded:
        message = f"job '{name}' differs from job '{definitions.folded[folded]}' in upper and lower case only"
        diagnostics.warn(key, message, "rename one of the two")
    definitions.folded.setdefault(folded, name)


def extraneous(body: MapNode, permitted: tuple[str, ...], what: str, diagnostics: Diagnostics) -> None:
    """Report keys of a map that mean nothing there; the hint names only a key that the map does not have."""
    for text, (key, _) in body.entries.items():
        if text not in permitted:
            hint = near_key(text, permitted, body, diagnostics) or f"Permitted keys: {', '.join(permitted)}"
            diagnostics.unknown(key, f"extraneous key [{text}] is not permitted in {what}", hint)


def meaningless(body: MapNode, known: tuple[str, ...], what: str, diagnostics: Diagnostics) -> None:
    """Warn of keys of a map that CircleCI takes and does not look at."""
    for text, (key, _) in body.entries.items():
        if text not in known:
            hint = near_key(text, known, body, diagnostics) or f"known keys: {', '.join(known)}"
            diagnostics.warn(key, f"the key '{text}' means nothing in {what}", hint)


def near_key(text: str, known: Iterable[str], body: MapNode, diagnostics: Diagnostics) -> str | None:
    """Return ``did you mean 'x'?`` for a known key that the map does not have yet; None if none is near."""
    if not diagnostics.hints:
        return None
    free = [each for each in known if each not in body.entries]
    longer = [each for each in free if len(text) > 2 and each.startswith(text)]
    near = diagnostics.suggest(text, longer if len(longer) == 1 else free)
    return near or (f"did you mean '{longer[0]}'?" if longer else None)


def _section(
    root: MapNode, section: str, pattern: re.Pattern[str], definitions: Definitions, diagnostics: Diagnostics
) -> list[tuple[str, MapNode, Scalar]]:
    """Return name, definition and key of everything under ``section`` that is a map."""
    node = root.get(section)
    if node is None or node.is_null:
        return []
    if not isinstance(node, MapNode):
        diagnostics.error(node, f"{section} must be a map from names to definitions")
        definitions.invalid.add((section[:-1], ANY))
        return []
    found = []
    for text, (key, body) in node.entries.items():
        if not pattern.match(text):
            shown = pattern.pattern.replace(r"\Z", "$")
            diagnostics.error(key, f"string [{text}] does not match pattern ^{shown}", f"rename it under {section}:")
        if isinstance(body, MapNode):
            found.append((text, body, key))
        else:
            definitions.unusable[section[:-1], text] = body if isinstance(body, ListNode) else key
    return found
