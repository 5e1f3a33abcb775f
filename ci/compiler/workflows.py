"""Workflows: which are active, and the job instances of those that are.

Configuration reference, "workflows", "Using when in workflows", "triggers", "max_auto_reruns".
"""

from __future__ import annotations

from ..dataclass import dataclass, field
from ..errors import Position
from ..source.nodes import ListNode, MapNode, Node, Scalar
from ..source.suggest import suggest
from ..workflow.job_instances import CronTrigger, Workflow
from .builtin_steps import check_max_auto_reruns
from .condition_values import Looked, looked_at
from .define import near_key
from .diagnostics import Diagnostics
from .filters import check, ruling
from .instances import InstanceDraft
from .job_groups import Group, Groups, expand_group, link
from .logic import evaluate_when
from .requires import ANY_NAME, drop_removed, report_cycles, resolve, written
from .scope import Scope, substitute
from .workflow_jobs import WorkflowJob, expand_workflow_job, read_workflow_job

_KEYS = ("jobs", "when", "unless", "triggers", "max_auto_reruns")


@dataclass(slots=True, eq=False)
class WorkflowDraft:
    """A workflow while the config is being compiled."""

    name: str
    key: Scalar
    drafts: list[InstanceDraft] = field(default_factory=list)
    inactive_because: str | None = None
    condition_at: Position | None = None
    condition_values: Looked = ()
    kept: dict[str, Node] = field(default_factory=dict)
    triggers: tuple[CronTrigger, ...] = ()
    max_auto_reruns: int = 0

    def workflow(self) -> Workflow:
        """Return the finished workflow."""
        return Workflow(
            name=self.name,
            position=self.key.position,
            instances=tuple(draft.instance() for draft in self.drafts),
            inactive_because=self.inactive_because,
            condition_at=self.condition_at,
            condition_values=self.condition_values,
            triggers=self.triggers,
            max_auto_reruns=self.max_auto_reruns,
        )

    def nodes(self) -> dict[str, Node]:
        """Return what the compiled config has under the workflow's name."""
        at = self.key
        jobs: list[Node] = [_entry(draft) for draft in self.drafts if not draft.removed]
        return {**self.kept, "jobs": ListNode(jobs, at.file, at.line, at.column)}


def _entry(draft: InstanceDraft) -> Node:
    """Return an instance as the compiled workflow has it: its bare name if nothing is left to say."""
    at = draft.position
    name = Scalar(draft.final, at.file, at.line, at.column)
    attributes = dict(draft.attributes)
    requires = written(draft)
    if requires:
        attributes["requires"] = ListNode(requires, at.file, at.line, at.column)
    if not attributes:
        return name
    entries = {text: (Scalar(text, at.file, at.line, at.column), node) for text, node in attributes.items()}
    return MapNode({draft.final: (name, MapNode(entries, at.file, at.line, at.column))}, at.file, at.line, at.column)


def read_workflow(key: Scalar, name: str, body: Node, groups: Groups, scope: Scope) -> WorkflowDraft:
    """Return a workflow with its job instances and their dependencies; an inactive one is not looked into."""
    workflow = WorkflowDraft(name, key)
    diagnostics = scope.compilation.diagnostics
    with diagnostics.within(f"Error calling workflow: '{name}'", key.position):
        if not isinstance(body, MapNode):
            diagnostics.error(body, f"workflow '{name}' must be a map with a list of jobs")
            return workflow
        _check_keys(body, name, diagnostics)
        _read_condition(workflow, body, scope)
        _read_triggers(workflow, body, scope)
        if not workflow.inactive_because:
            _read_jobs(workflow, body, groups, scope)
    return workflow


def _check_keys(body: MapNode, name: str, diagnostics: Diagnostics) -> None:
    """Report a key that looks like a slip and warn of any other: CircleCI's schema leaves a workflow open."""
    for text, (key, _) in body.entries.items():
        if text in _KEYS:
            continue
        hint = near_key(text, _KEYS, body, diagnostics) or f"a workflow has {', '.join(_KEYS)}"
        if suggest(text, _KEYS):
            diagnostics.error(key, f"extraneous key [{text}] is not permitted in workflow '{name}'", hint)
        else:
            diagnostics.warn(key, f"the key '{text}' means nothing in workflow '{name}'", hint)


def _read_condition(workflow: WorkflowDraft, body: MapNode, scope: Scope) -> None:
    """Find out whether a workflow runs, and why not."""
    when, unless = body.entries.get("when"), body.entries.get("unless")
    if when and unless:
        scope.compilation.diagnostics.error(unless[0], "a workflow cannot have both when and unless", "use not: in one")
        return
    for entry, stops in ((when, False), (unless, True)):
        if entry:
            key, condition = entry
            workflow.condition_at, workflow.condition_values = key.position, looked_at(condition, scope)
            if evaluate_when(condition, scope) == stops:
                what = "unless is true" if stops else "when is false"
                workflow.inactive_because = f"its {what} ({key.position})"


def _read_triggers(workflow: WorkflowDraft, body: MapNode, scope: Scope) -> None:
    diagnostics = scope.compilation.diagnostics
    reruns, triggers = body.get("max_auto_reruns"), body.get("triggers")
    if reruns is not None:
        workflow.kept["max_auto_reruns"] = substitute(reruns, scope)
        workflow.max_auto_reruns = check_max_auto_reruns(workflow.kept["max_auto_reruns"], diagnostics)
    if triggers is not None:
        workflow.kept["triggers"] = node = substitute(triggers, scope)
        if isinstance(node, ListNode):
            crons = [_cron(item, scope) for item in node.items]
            workflow.triggers = tuple(cron for cron in crons if cron)
        else:
            diagnostics.error(triggers, "triggers must be a list of schedules")


def _cron(item: Node, scope: Scope) -> CronTrigger | None:
    """Return a schedule; report one without a cron line and return None."""
    diagnostics = scope.compilation.diagnostics
    schedule = item.get("schedule") if isinstance(item, MapNode) else None
    if not isinstance(schedule, MapNode):
        diagnostics.error(item, "a trigger must be a map with the key schedule")
        return None
    cron, filters = schedule.get("cron"), schedule.get("filters")
    if not isinstance(cron, Scalar) or not isinstance(cron.value, str):
        diagnostics.error(
            cron or schedule, "required key [cron] not found in schedule", 'for example cron: "0 0 * * *"'
        )
        return None
    if not isinstance(filters, MapNode) or not isinstance(filters.get("branches"), MapNode):
        diagnostics.error(
            filters or schedule, "required key [filters] with branches not found in schedule", "say for which branches"
        )
    else:
        check(filters, diagnostics)
    return cron_trigger(cron, filters, scope)


def cron_trigger(cron: Scalar, filters: Node | None, scope: Scope) -> CronTrigger:
    """Return a schedule of those filters, which say for which branches it is."""
    branches = filters.get("branches") if isinstance(filters, MapNode) else None
    branch = str(scope.compilation.values.get("git.branch") or "")
    refuses, filter_at, _ = ruling(branches, "its schedule", branch, scope)
    return CronTrigger(str(cron.value), cron.position, refuses, filter_at)


def _read_jobs(workflow: WorkflowDraft, body: MapNode, groups: Groups, scope: Scope) -> None:
    diagnostics = scope.compilation.diagnostics
    jobs = body.get("jobs")
    if isinstance(jobs, Scalar) and jobs.tagged:
        jobs = substitute(jobs, scope)
    if not isinstance(jobs, ListNode):
        what = "required key [jobs] not found in" if jobs is None else "jobs must be a list in"
        diagnostics.error(jobs or workflow.key, f"{what} workflow '{workflow.name}'", "list the jobs that it runs")
        return
    found: list[Group] = []
    excused: set[str] = set()
    for item in jobs.items:
        before = diagnostics.count
        workflow_job = read_workflow_job(item, diagnostics)
        if workflow_job is None:
            continue
        members = groups.get(workflow_job.job)
        if members is None:
            drafts = expand_workflow_job(workflow_job, scope)
        else:
            group = expand_group(workflow_job, members, scope)
            found.append(group)
            drafts = group.drafts
        workflow.drafts += drafts
        if diagnostics.count > before or not drafts:
            excused |= _possible_names(workflow_job)
    _connect(workflow, found, excused, diagnostics)


def _possible_names(workflow_job: WorkflowJob) -> set[str]:
    """Return the names that a wrong entry may have: others may require them, and are not reported too."""
    name = workflow_job.get("name")
    if name is not None and not name.tagged:
        return {workflow_job.job, str(name.plain)}
    return {workflow_job.job} if name is None and workflow_job.get("matrix") is None else {workflow_job.job, ANY_NAME}


def _connect(workflow: WorkflowDraft, groups: list[Group], excused: set[str], diagnostics: Diagnostics) -> None:
    """Resolve requires, link the groups, and take out what filters removed."""
    _report_equal_groups(groups, diagnostics)
    resolve(workflow.name, workflow.drafts, excused, diagnostics)
    for group in groups:
        link(group)
    report_cycles(workflow.drafts, diagnostics)
    drop_removed(workflow.drafts)


def _report_equal_groups(groups: list[Group], diagnostics: Diagnostics) -> None:
    seen: set[str] = set()
    for group in groups:
        if group.end.alias in seen:
            message = f"job group '{group.end.alias}' is invoked more than once in the workflow"
            diagnostics.error(group.end.position, message, "give each invocation a name of its own")
        seen.add(group.end.alias)
