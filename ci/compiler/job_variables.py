"""A job's ``environment``: united with its executor's, and written as the compiled config has it.

Reusable config reference, "Overriding keys when invoking an executor": the maps are additive and the job's value is
used for a name that both have. In compiled 2.1 jobs the result is a list of one-key maps, in every job; those of steps
and images stay maps.
"""

from __future__ import annotations

from ..source.nodes import ListNode, MapNode, Node, Scalar


def unite(executor: Node | None, job: Node | None) -> Node | None:
    """The environment of a job with that of its executor, as a list of one-key maps where it is any."""
    if executor is None or _is_null(executor):
        return _as_list(job)
    if job is None or _is_null(job):
        return _as_list(executor)
    if isinstance(executor, MapNode) and isinstance(job, MapNode):
        entries = dict(executor.entries)
        entries.update(job.entries)
        return _as_list(MapNode(entries, job.file, job.line, job.column))
    first, second = _as_list(executor), _as_list(job)
    if not isinstance(first, ListNode) or not isinstance(second, ListNode):
        return second
    own = {name for item in second.items if isinstance(item, MapNode) for name in item.entries}
    kept = [item for item in first.items if not (isinstance(item, MapNode) and own.issuperset(item.entries))]
    return ListNode([*kept, *second.items], second.file, second.line, second.column)


def _is_null(node: Node) -> bool:
    return isinstance(node, Scalar) and node.value is None


def _as_list(node: Node | None) -> Node | None:
    if not isinstance(node, MapNode):
        return node
    items: list[Node] = [
        MapNode({name: entry}, entry[0].file, entry[0].line, entry[0].column) for name, entry in node.entries.items()
    ]
    return ListNode(items, node.file, node.line, node.column)
