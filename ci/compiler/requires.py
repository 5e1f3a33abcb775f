"""``requires``: which instances an instance waits for, and which statuses satisfy it.

Configuration reference, "requires" and "Dependencies and matrix jobs"; "Workflows" guide.
"""

from __future__ import annotations

from ..dataclass import dataclass, field
from ..source.limits import LIMITS
from ..source.nodes import ListNode, MapNode, Node, Scalar
from ..workflow.job_instances import STATUSES, Status
from .compilation import exhausted
from .definitions import BROKEN
from .diagnostics import Diagnostics
from .instances import InstanceDraft, Wanted


def read(node: Node | None, diagnostics: Diagnostics) -> list[Wanted]:
    """Return the entries of a ``requires`` list whose tags are filled; report entries of a wrong shape."""
    if node is None or node.is_null:
        return []
    if not isinstance(node, ListNode):
        diagnostics.error(node, "requires must be a list of names", "write it as a list: [name]")
        return []
    found = [_entry(item, diagnostics) for item in node.items]
    return [wanted for wanted in found if wanted is not None]


def _entry(item: Node, diagnostics: Diagnostics) -> Wanted | None:
    if item is BROKEN:
        return None
    if isinstance(item, Scalar) and item.value is not None:
        return Wanted(_text(item), ("success",), item)
    if isinstance(item, MapNode) and len(item.entries) == 1:
        ((name, (key, value)),) = item.entries.items()
        statuses = _statuses(value, diagnostics)
        return Wanted(name, statuses, key, value) if statuses else None
    diagnostics.error(item, "an entry of requires is a name, or a map from one name to its statuses")
    return None


def _text(item: Scalar) -> str:
    return ("true" if item.value else "false") if isinstance(item.value, bool) else str(item.value)


def _statuses(node: Node, diagnostics: Diagnostics) -> tuple[Status, ...]:
    if isinstance(node, Scalar) and node.value == "terminal":
        return STATUSES
    items = node.items if isinstance(node, ListNode) else [node]
    found = [item.value if isinstance(item, Scalar) else None for item in items]
    known = tuple(status for status in STATUSES if status in found)
    for item, value in zip(items, found, strict=True):
        if item is not BROKEN and value not in STATUSES:
            hint = f"one of {', '.join(STATUSES)}, or terminal alone"
            diagnostics.error(item, f"{_quoted(item)} is not a status that a job can end with", hint)
    if not items:
        diagnostics.error(node, "the list of statuses is empty", f"one of {', '.join(STATUSES)}")
    return known


def _quoted(item: Node) -> str:
    """Return what stands in a status's place, for a message."""
    if not isinstance(item, Scalar):
        return "a list" if isinstance(item, ListNode) else "a map"
    if item.value is None:
        return "null"
    return f"'{item.value}'" if isinstance(item.value, str) else _text(item)


@dataclass(slots=True)
class _Space:
    """What can be required in one place: in a workflow, or in one invocation of a job group."""

    named: dict[str, list[InstanceDraft]] = field(default_factory=dict)
    aliased: dict[str, dict[int, list[InstanceDraft]]] = field(default_factory=dict)
    """For each alias its matrices (or groups), each as its instances."""

    def add(self, draft: InstanceDraft) -> None:
        self.named.setdefault(draft.local or draft.name, []).append(draft)
        if draft.alias:
            self.aliased.setdefault(draft.alias, {}).setdefault(id(draft.workflow_job), []).append(draft)


ANY_NAME = "*"
"""Among excused names: nothing is known of the names that could have been."""


def resolve(workflow: str, drafts: list[InstanceDraft], excused: set[str], diagnostics: Diagnostics) -> None:
    """Fill ``requires`` of every draft of one workflow, reporting names that are unknown or ambiguous.

    Names in ``excused`` belong to entries that were reported, and are not reported again.
    """
    spaces: dict[str, _Space] = {}
    for draft in drafts:
        spaces.setdefault(draft.group, _Space()).add(draft)
    count = 0
    for draft in drafts:
        seen: set[int] = set()
        for wanted in draft.wanted:
            candidates = _find(wanted.name, spaces[draft.group])
            if len(candidates) != 1:
                if not (excused & {wanted.name, ANY_NAME}):
                    _report(wanted, draft, len(candidates), spaces[draft.group], workflow, diagnostics)
                continue
            count += len(candidates[0])
            if count > LIMITS.requirements:
                raise exhausted(wanted.place, f"the jobs of a workflow require more than {LIMITS.requirements} others")
            for found in candidates[0]:
                if id(found) not in seen:
                    seen.add(id(found))
                    draft.requires.append((found, wanted))


def _find(name: str, space: _Space) -> list[list[InstanceDraft]]:
    """Return what a name in ``requires`` can mean: an instance called so, or all of a matrix with that alias.

    If an instance has the name, an alias that was not written but only defaults to it does not count.
    """
    named = [[instance] for instance in space.named.get(name, [])]
    matrices = list(space.aliased.get(name, {}).values())
    if not named:
        return matrices
    return named + [matrix for matrix in matrices if matrix[0].own_alias and matrix not in named]


def _report(
    wanted: Wanted, draft: InstanceDraft, count: int, space: _Space, workflow: str, diagnostics: Diagnostics
) -> None:
    message = (
        f"Job '{draft.name}' requires '{wanted.name}', which is the name of {count} other jobs in workflow '{workflow}'"
    )
    names = {*space.named, *space.aliased} if diagnostics.hints else set()
    hint = "give each of them a name of its own with the name key" if count else diagnostics.suggest(wanted.name, names)
    diagnostics.error(wanted.place, message, hint or (f"there are: {diagnostics.listing(names)}" if names else ""))


def report_cycles(drafts: list[InstanceDraft], diagnostics: Diagnostics) -> None:
    """Report each circle of dependencies once, at an entry of ``requires`` that closes it."""
    state: dict[int, int] = {}
    for start in drafts:
        if id(start) in state:
            continue
        path: list[tuple[InstanceDraft, int]] = [(start, 0)]
        state[id(start)] = 1
        while path:
            draft, index = path.pop()
            if index == len(draft.requires):
                state[id(draft)] = 2
                continue
            path.append((draft, index + 1))
            parent, wanted = draft.requires[index]
            if state.get(id(parent)) == 1:
                _report_cycle(parent, path, wanted, diagnostics)
            elif id(parent) not in state:
                state[id(parent)] = 1
                path.append((parent, 0))


def _report_cycle(
    parent: InstanceDraft, steps: list[tuple[InstanceDraft, int]], wanted: Wanted, diagnostics: Diagnostics
) -> None:
    if not diagnostics.hints:
        diagnostics.error(wanted.place, f"The job `{parent.name}` is part of a cycle")
        return
    path = [step for step, _ in steps]
    circle = [draft.name for draft in path[path.index(parent) :]]
    shown = circle if len(circle) <= 10 else [*circle[:9], f"({len(circle) - 9} more)"]
    chain = " -> ".join([*shown, parent.name])
    diagnostics.error(
        wanted.place, f"The job `{parent.name}` is part of a cycle: {chain}", "a job cannot wait for itself"
    )


def drop_removed(drafts: list[InstanceDraft]) -> None:
    """Mark what filters take out: an instance that requires only such goes with them, else it does not wait for them.

    What an expression removes is not in the compiled config; what this branch or tag keeps from running still is.
    """
    done: set[int] = set()
    order: list[InstanceDraft] = []
    stack = [(draft, False) for draft in reversed(drafts)]
    while stack:
        draft, ready = stack.pop()
        if ready:
            order.append(draft)
        elif id(draft) not in done:
            done.add(id(draft))
            stack.append((draft, True))
            stack.extend((parent, False) for parent, _ in draft.requires)
    for draft in order:
        _drop(draft)


def _drop(draft: InstanceDraft) -> None:
    # Parents come before their children here, so that one pass carries a removal down the whole workflow. A removed
    # parent is not in the compiled config, and a requirement that names it would be an unknown job: it is dropped, and
    # the others still hold. A parent that is only filtered is in the config, without running: its requirement stays.
    # Nothing is left to wait for once every parent is gone, and the job goes too, rather than start at once.
    if not draft.requires:
        return
    if all(parent.removed for parent, _ in draft.requires):
        draft.removed = True
    if not draft.filtered and all(parent.filtered for parent, _ in draft.requires):
        draft.filtered = "all the jobs that it requires are filtered out"
        draft.filter_at, draft.filter_values, draft.allowed = None, (), None
    draft.requires = [(parent, wanted) for parent, wanted in draft.requires if not parent.removed]


def written(draft: InstanceDraft) -> list[Node]:
    """Return the compiled ``requires`` list: final names, statuses as they were written."""
    out: list[Node] = []
    for parent, wanted in draft.requires:
        at = wanted.place
        name = Scalar(parent.final, at.file, at.line, at.column)
        if wanted.status_node is None:
            out.append(name)
        else:
            out.append(MapNode({parent.final: (name, wanted.status_node)}, at.file, at.line, at.column))
    return out
