"""What a config that does not compile still shows of its workflows: enough to list their sessions."""

from __future__ import annotations

from ..errors import ConfigError
from ..source.load import load
from ..source.nodes import ListNode, MapNode, Node, Scalar

Outline = tuple[tuple[str, tuple[str, ...]], ...]


def outline(text: str, file: str) -> Outline:
    """Return each workflow with the names of its job sessions, as far as they can be read; never raise."""
    try:
        root = load(text, file)
    except (ConfigError, RecursionError):
        return ()
    workflows = root.get("workflows")
    if isinstance(workflows, MapNode):
        return tuple((name, _sessions(body)) for name, (_, body) in workflows.entries.items() if name != "version")
    jobs = root.get("jobs")
    return (("workflow", ("build",)),) if isinstance(jobs, MapNode) and "build" in jobs.entries else ()


def _sessions(body: Node) -> tuple[str, ...]:
    jobs = body.get("jobs") if isinstance(body, MapNode) else None
    found = [_session(item) for item in jobs.items] if isinstance(jobs, ListNode) else []
    return tuple(dict.fromkeys(name for name in found if name))


def _session(item: Node) -> str:
    """Return the session's name of one entry; empty for an approval and for what cannot be read."""
    if isinstance(item, Scalar):
        return str(item.value) if item.value is not None else ""
    if not isinstance(item, MapNode) or len(item.entries) != 1:
        return ""
    ((job, (_, attributes)),) = item.entries.items()
    if not isinstance(attributes, MapNode):
        return job
    if _text(attributes.get("type")) == "approval":
        return ""
    matrix = attributes.get("matrix")
    alias = _text(matrix.get("alias")) if isinstance(matrix, MapNode) else ""
    name = _text(attributes.get("name"))
    return name if name and "<<" not in name else alias or job


def _text(node: Node | None) -> str:
    return str(node.value) if isinstance(node, Scalar) and node.value is not None else ""
