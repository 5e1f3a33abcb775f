"""What the conditions and filters of a workflow name: parameters, branches, tags, schedules, events."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence

from ..compiler.condition_values import texts
from ..dataclass import dataclass
from ..source.nodes import ListNode, MapNode, Node, Scalar
from ..workflow.pipeline_event import ACTIONS, KINDS, PULL_REQUEST

MOST = 8
"""Of each kind."""
OTHER = "another-branch"
"""A branch to try where filters ignore the one that there is."""
_PARAMETER = re.compile(r"\bpipeline\.parameters\.([\w-]+)")
_QUOTED = re.compile(r""" "([^"]*)" | '([^']*)' | /((?:[^/\\\n]|\\.)+)/ """, re.VERBOSE)
_EVENT = re.compile(r"\bpipeline\.(?:trigger_source|trigger\.type|event\.(?:name|action))\b")
_META = re.compile(r"[\\^$*+?()\[\]{}|]")


@dataclass(frozen=True, slots=True)
class Named:
    """What a workflow's conditions and filters name, and what may make them true."""

    parameters: Sequence[str] = ()
    literals: Sequence[str] = ()
    branches: Sequence[str] = ()
    tags: Sequence[str] = ()
    schedules: Sequence[str] = ()
    triggers: Sequence[str] = ()
    has_triggers: bool = False


def named_in(workflow: Node) -> Named:
    """Return what a workflow of the source names."""
    if not isinstance(workflow, MapNode):
        return Named()
    maps = [each for each in _filters(workflow) if isinstance(each, MapNode)]
    found = [*texts(workflow.get("when")), *texts(workflow.get("unless"))]
    found += [text for each in _filters(workflow) if isinstance(each, Scalar) for text in texts(each)]
    literals, all_text = _unique(_literals(found)), "\n".join(found)
    branches = [name for each in maps for name in _names(each.get("branches"), ("x", "1", ""))]
    branches += [OTHER] if any(each.get("branches") is not None for each in maps) else []
    tags = [name for each in maps for name in _names(each.get("tags"), ("1.0.0", "1", ""))]
    if "pipeline.git.branch" in all_text:
        branches += literals
    if "pipeline.git.tag" in all_text:
        tags += literals
    by_event = _EVENT.search(all_text) is not None
    actions = [f"{PULL_REQUEST}:{each}" for each in literals if each in ACTIONS]
    return Named(
        parameters=_unique(_PARAMETER.findall(all_text)),
        literals=literals,
        branches=_unique([*branches, OTHER]) if branches else (),
        tags=_unique(tags),
        schedules=literals if "pipeline.schedule.name" in all_text else (),
        triggers=[*KINDS, *actions] if by_event else (),
        has_triggers="triggers" in workflow.entries,
    )


def _unique(names: Iterable[str]) -> list[str]:
    return list(dict.fromkeys(each for each in names if each))[:MOST]


def _filters(workflow: MapNode) -> Iterator[Node]:
    """Yield the filters of a workflow's jobs, and those of its schedules."""
    for section in ("jobs", "triggers"):
        items = workflow.get(section)
        for item in items.items if isinstance(items, ListNode) else ():
            for _, entry in item.entries.values() if isinstance(item, MapNode) else ():
                filters = entry.get("filters") if isinstance(entry, MapNode) else None
                if filters is not None:
                    yield filters


def _literals(conditions: Iterable[str]) -> Iterator[str]:
    """Yield the texts in quotes and examples of the patterns; a text that names no value is one itself."""
    for text in conditions:
        if "pipeline." not in text:
            yield from examples(text, ("1.0.0", "x", "")) if _META.search(text) else (text,)
        for double, single, pattern in _QUOTED.findall(text):
            yield from examples(pattern, ("1.0.0", "x", "")) if pattern else (double or single,)


def _names(node: Node | None, fillers: Sequence[str]) -> Iterator[str]:
    """Yield the names of ``only``, and examples of its patterns."""
    only = node.get("only") if isinstance(node, MapNode) else None
    for text in texts(only):
        if len(text) > 1 and text.startswith("/") and text.endswith("/"):
            yield from examples(text[1:-1], fillers)
        else:
            yield text


def examples(pattern: str, fillers: Sequence[str]) -> Iterator[str]:
    """Yield texts that a simple pattern may match; whoever uses them tries."""
    text = re.sub(r"\((?:\?:)?[^()]*\)[?*]", "", pattern.removeprefix("^").removesuffix("$"))
    text = re.sub(r"\((?:\?:)?([^()|]*)(?:\|[^()]*)?\)\+?", r"\1", text)
    text = re.sub(r"(?:\\d|\[0-9\])(?:\{(\d)[^}]*\}|[+*])?", lambda found: "1" * int(found[1] or 1), text)
    text = re.sub(r"(?:\\w|\[[^\]]*\])(?:[+*]|\{[^}]*\})?", "x", text)
    for filler in fillers:
        found = re.sub(r"(?<!\\)\.[*+]\??", filler, text)
        found = re.sub(r"\\([./_-])", r"\1", found)
        if found and not _META.search(found):
            yield found
