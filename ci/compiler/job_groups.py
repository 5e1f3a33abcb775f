"""Job groups: their jobs inlined between two boundary jobs.

"Controlling serial execution across your organization" guide, "Job groups" and "How job group expansion works". What
the boundary jobs and the prefixed jobs are called is not documented: BOUNDARY and ``_prefixed`` decide it.
"""

from __future__ import annotations

from collections.abc import Mapping

from ..dataclass import dataclass
from ..errors import Position
from ..source.nodes import ListNode, MapNode, Node, Scalar
from ..workflow.job_instances import STATUSES, Kind
from .compiled import CompiledJob
from .define import JOB_NAME, extraneous
from .filters import decide
from .instances import InstanceDraft, Wanted
from .requires import read
from .scope import Scope, substitute
from .workflow_jobs import WorkflowJob, expand_workflow_job, read_workflow_job, serial_group

BOUNDARY = {"start": "group-start", "end": "group-end", "lock": "lock", "unlock": "unlock"}
_REFUSED = ("matrix", "override-with", "context", "pre-steps", "post-steps", "type")

Groups = Mapping[str, tuple[WorkflowJob, ...]]


@dataclass(frozen=True, slots=True)
class Group:
    """One invocation of a job group: its boundary jobs and what is between them."""

    start: InstanceDraft
    inner: list[InstanceDraft]
    end: InstanceDraft
    unlock: InstanceDraft | None

    @property
    def drafts(self) -> list[InstanceDraft]:
        return [self.start, *self.inner, self.end, *([self.unlock] if self.unlock else [])]


def read_groups(root: MapNode, scope: Scope) -> Groups:
    """Return the job groups that a config defines; report what the guide lists as compile errors."""
    diagnostics = scope.compilation.diagnostics
    node = root.get("job-groups")
    if node is None or node.is_null:
        return {}
    if not isinstance(node, MapNode):
        diagnostics.error(node, "job-groups must be a map from names to definitions")
        return {}
    found: dict[str, tuple[WorkflowJob, ...]] = {}
    for name, (key, body) in node.entries.items():
        if not JOB_NAME.match(name):
            diagnostics.error(key, f"string [{name}] does not match pattern ^[A-Za-z][A-Za-z\\s\\d_-]*$")
        if name in scope.definitions.jobs:
            diagnostics.error(key, f"'{name}' is in jobs and in job-groups", "rename one of the two")
        if not isinstance(body, (MapNode, ListNode)):
            scope.definitions.unusable["job", name] = key
            continue
        found[name] = _members(name, key, body, node, scope)
    return found


def _members(name: str, key: Scalar, body: Node, groups: MapNode, scope: Scope) -> tuple[WorkflowJob, ...]:
    diagnostics = scope.compilation.diagnostics
    jobs = body.get("jobs") if isinstance(body, MapNode) else None
    if not isinstance(body, MapNode) or not isinstance(jobs, ListNode) or not jobs.items:
        diagnostics.error(jobs or key, f"job group '{name}' needs a list of jobs")
        return ()
    extraneous(body, ("jobs",), f"job group '{name}'", diagnostics)
    members = [workflow_job for item in jobs.items if (workflow_job := read_workflow_job(item, diagnostics))]
    for workflow_job in members:
        if workflow_job.job in groups.entries:
            diagnostics.error(
                workflow_job.key,
                f"job group '{workflow_job.job}' cannot be part of group '{name}'",
                "groups do not nest",
            )
        group = workflow_job.attributes.entries.get("serial-group")
        if group:
            diagnostics.error(
                group[0], "a job inside a job group has no serial-group", "write it in the group's invocation"
            )
    return tuple(workflow_job for workflow_job in members if workflow_job.job not in groups.entries)


def _name(workflow_job: WorkflowJob, scope: Scope) -> str:
    """Return the name of an invocation; empty if it has no name."""
    node = workflow_job.get("name")
    value = substitute(node, scope) if node is not None else None
    return str(value.value) if isinstance(value, Scalar) and value.value is not None else ""


def expand_group(workflow_job: WorkflowJob, members: tuple[WorkflowJob, ...], scope: Scope) -> Group:
    """Return the job instances of one invocation of a group; ``link`` connects them once their requires are known."""
    diagnostics = scope.compilation.diagnostics
    for text, (key, _) in workflow_job.attributes.entries.items():
        if text in _REFUSED:
            diagnostics.error(key, f"the invocation of job group '{workflow_job.job}' cannot have {text}")
        elif text not in ("name", "requires", "filters", "serial-group"):
            diagnostics.error(key, f"Unexpected argument(s): {text}", "a job group has no parameters")
    own_name = _name(workflow_job, scope)
    name = own_name or workflow_job.job
    group = workflow_job.get("serial-group")
    serial = serial_group(group, scope) if group is not None else ""
    with diagnostics.within(f"Error calling job group: '{workflow_job.job}'", workflow_job.key.position):
        inner = [draft for member in members for draft in expand_workflow_job(member, scope)]
    for draft in inner:
        draft.group, draft.local = name, draft.name
        if own_name:
            draft.name = _prefixed(name, draft.name)
    return Group(
        _start(workflow_job, name, serial, scope), inner, _end(workflow_job, name), _unlock(workflow_job, name, serial)
    )


def _prefixed(name: str, job: str) -> str:
    return f"{name}-{job}"


def _start(workflow_job: WorkflowJob, name: str, key: str, scope: Scope) -> InstanceDraft:
    """Return the entry job: it has the invocation's requires and filters, and the lock of its serial group."""
    start = _boundary(workflow_job, name, "lock" if key else "start", "lock" if key else "no-op", key)
    filters = decide(workflow_job.get("filters"), scope)
    start.apply(filters)
    if filters.kept is not None:
        start.attributes["filters"] = filters.kept
    start.serial_group = key
    requires = workflow_job.get("requires")
    start.wanted = read(substitute(requires, scope) if requires is not None else None, scope.compilation.diagnostics)
    return start


def _end(workflow_job: WorkflowJob, name: str) -> InstanceDraft:
    """Return the exit job, which stands for the group in the requires of others."""
    end = _boundary(workflow_job, name, "end", "no-op", "")
    end.alias, end.own_alias, end.workflow_job = name, True, workflow_job
    return end


def _unlock(workflow_job: WorkflowJob, name: str, key: str) -> InstanceDraft | None:
    return _boundary(workflow_job, name, "unlock", "unlock", key) if key else None


def _boundary(workflow_job: WorkflowJob, name: str, role: str, kind: Kind, key: str) -> InstanceDraft:
    at = workflow_job.key
    entries: dict[str, tuple[Scalar, Node]] = {"type": (at, Scalar(kind, at.file, at.line, at.column))}
    if key:
        entries["key"] = (at, Scalar(key, at.file, at.line, at.column))
    full = f"{name}-{BOUNDARY[role]}"
    draft = InstanceDraft(full, full, kind, name, at.position)
    draft.compiled = CompiledJob(MapNode(entries, at.file, at.line, at.column), kind, (), at.position)
    draft.workflow_job = entries
    return draft


def link(group: Group) -> None:
    """Connect the boundary jobs: roots wait for the entry job, the exit job for the leaves, the unlock for any end."""
    required = {id(parent) for draft in group.inner for parent, _ in draft.requires}
    place = _place(group.start.position)
    for draft in group.inner:
        if not draft.requires:
            draft.requires.append((group.start, Wanted(group.start.name, ("success",), place)))
    leaves = [draft for draft in group.inner if id(draft) not in required]
    group.end.requires += [(leaf, Wanted(leaf.name, ("success",), place)) for leaf in leaves or [group.start]]
    if group.unlock:
        terminal = Scalar("terminal", place.file, place.line, place.column)
        group.unlock.requires.append((group.end, Wanted(group.end.name, STATUSES, place, terminal)))


def _place(position: Position) -> Scalar:
    return Scalar(None, position.file, position.line, position.column)
