"""The compiled config as plain data, in the shape that CircleCI's own compiler writes."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from ..source.limits import LIMITS
from ..source.nodes import ListNode, MapNode, Node, Scalar
from .compilation import exhausted
from .compiled import CompiledJob
from .workflows import WorkflowDraft


class _Plain:
    """Nodes to plain data: what several jobs share is made once, and counted each time."""

    def __init__(self) -> None:
        self.known: dict[int, tuple[Any, int]] = {}
        self.alive: list[Node] = []
        """What ``known`` is about: kept, so that no other node gets its identity."""

    def convert(self, node: Node) -> tuple[Any, int]:
        """Return the data of the node and the number of nodes in it."""
        if isinstance(node, Scalar):
            return node.value, 1
        known = self.known.get(id(node))
        if known is None:
            self.alive.append(node)
            known = self.known[id(node)] = self._mapping(node) if isinstance(node, MapNode) else self._sequence(node)
        return known

    def _mapping(self, node: MapNode) -> tuple[dict[str, Any], int]:
        data: dict[str, Any] = {}
        count = 1
        for name, (_, value) in node.entries.items():
            if value.__class__ is Scalar:
                data[name] = value.value
                count += 1
            else:
                data[name], size = self.convert(value)
                count += size
        return data, count

    def _sequence(self, node: ListNode) -> tuple[list[Any], int]:
        data: list[Any] = []
        count = 1
        for item in node.items:
            value, size = self.convert(item)
            data.append(value)
            count += size
        return data, count


def compiled_jobs(workflows: Iterable[WorkflowDraft]) -> dict[str, CompiledJob]:
    """Return the jobs that active workflows use, in the order of their first use."""
    jobs: dict[str, CompiledJob] = {}
    for workflow in workflows:
        for draft in workflow.drafts:
            if draft.compiled is not None and not draft.removed and draft.final not in jobs:
                jobs[draft.final] = draft.compiled
    return jobs


def with_contexts(workflows: Iterable[WorkflowDraft]) -> set[str]:
    """Return the names of the jobs that have a context in some instance."""
    return {draft.final for workflow in workflows for draft in workflow.drafts if draft.contexts}


def document(jobs: dict[str, CompiledJob], workflows: Iterable[WorkflowDraft]) -> dict[str, object]:
    """Return the whole document; raise ConfigError if it is too large to write."""
    plain = _Plain()
    total = 0
    bodies: dict[str, object] = {}
    for name, job in jobs.items():
        bodies[name], size = plain.convert(job.node)
        total += size
        _limit(total, job)
    flows: dict[str, object] = {}
    for workflow in workflows:
        nodes = workflow.nodes()
        flows[workflow.name] = flow = {}
        for key, node in nodes.items():
            flow[key], size = plain.convert(node)
            total += size
    flows["version"] = 2
    return {"version": 2, "jobs": bodies, "workflows": flows}


def _limit(total: int, job: CompiledJob) -> None:
    if total > LIMITS.output:
        raise exhausted(job.position, f"the compiled config has more than {LIMITS.output} nodes")
