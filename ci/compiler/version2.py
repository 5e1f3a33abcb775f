"""Configs of version 2: nothing is substituted, and what is compiled is what is written.

Configuration reference, "version"; ``<<`` has no meaning in them, so a heredoc needs no escape.
"""

from __future__ import annotations

from ..dataclass import replace
from ..source.nodes import ListNode, MapNode, Node, Scalar
from ..workflow.job_instances import CronTrigger
from .compilation import Compilation
from .compiled import Compiled, CompiledJob
from .definitions import BROKEN, Definitions
from .document import compiled_jobs, with_contexts
from .executors import names_of
from .filters import decide
from .instances import InstanceDraft
from .job_call import JobCall, called_version2
from .requires import drop_removed, read, report_cycles, resolve
from .scope import Scope
from .unseen_variables import warn_of_image_variables
from .version2_keys import warn_of_unknown
from .workflow_jobs import WorkflowJob, read_workflow_job
from .workflows import WorkflowDraft, cron_trigger


def compile_version2(root: MapNode, compilation: Compilation, call: JobCall | None = None) -> Compiled:
    """Compile a version 2 config: its jobs and workflows, anchors resolved and nothing else changed."""
    diagnostics = compilation.diagnostics
    diagnostics.lenient = True
    jobs = root.get("jobs")
    if not isinstance(jobs, MapNode):
        diagnostics.error(jobs or root, "required key [jobs] not found", "a config needs a map of jobs")
        diagnostics.raise_errors()
        raise AssertionError
    if "setup" in root.entries:
        diagnostics.error(root.entries["setup"][0], "setup needs version: 2.1")
    warn_of_unknown(root, diagnostics)
    if call:
        root = called_version2(root, call, diagnostics)
    scope = Scope(compilation, Definitions())
    workflows = [_workflow(key, name, body, jobs, scope) for name, key, body in _workflows(root, jobs, compilation)]
    diagnostics.raise_errors()
    flows = [workflow.workflow() for workflow in workflows]
    kept = ("version", "jobs", "workflows")
    document: dict[str, object] = {name: root.entries[name][1].plain for name in kept if name in root.entries}
    document["version"] = 2
    used: dict[str, CompiledJob] = compiled_jobs(workflows)
    warn_of_image_variables(used, with_contexts(workflows), diagnostics)
    return Compiled(document, used, tuple(flows), warnings=diagnostics.warnings, declared=tuple(jobs.entries))


def _workflows(root: MapNode, jobs: MapNode, compilation: Compilation) -> list[tuple[str, Scalar, Node]]:
    """Return name, key and body of every workflow.

    A config without workflows has the workflow ``workflow`` with the job ``build``.
    """
    node = root.get("workflows")
    if isinstance(node, MapNode):
        if "version" not in node.entries:
            place = root.entries["workflows"][0]
            compilation.diagnostics.error(
                place, "required key [version] not found in workflows", "a version 2 config needs workflows: version: 2"
            )
        return [(name, key, body) for name, (key, body) in node.entries.items() if name != "version"]
    if node is not None and not node.is_null:
        compilation.diagnostics.error(node, "workflows must be a map from names to workflows")
        return []
    if "build" not in jobs.entries:
        compilation.diagnostics.error(jobs, "there are no workflows, and no job called build to run without them")
        return []
    key = jobs.entries["build"][0]
    listed = ListNode([Scalar("build", key.file, key.line, key.column)], key.file, key.line, key.column)
    return [("workflow", key, MapNode({"jobs": (key, listed)}, key.file, key.line, key.column))]


def _workflow(key: Scalar, name: str, body: Node, jobs: MapNode, scope: Scope) -> WorkflowDraft:
    workflow = WorkflowDraft(name, key)
    diagnostics = scope.compilation.diagnostics
    listed = body.get("jobs") if isinstance(body, MapNode) else None
    with diagnostics.within(f"Error calling workflow: '{name}'", key.position):
        if not isinstance(listed, ListNode):
            diagnostics.error(listed or key, f"required key [jobs] not found in workflow '{name}'")
            return workflow
        workflow.triggers = _schedules(body, scope)
        workflow_jobs = [
            workflow_job for item in listed.items if (workflow_job := read_workflow_job(item, diagnostics))
        ]
        workflow.drafts = [draft for workflow_job in workflow_jobs if (draft := _draft(workflow_job, jobs, scope))]
        resolve(name, workflow.drafts, set(), diagnostics)
        report_cycles(workflow.drafts, diagnostics)
        drop_removed(workflow.drafts)
    return workflow


def _schedules(body: Node, scope: Scope) -> tuple[CronTrigger, ...]:
    triggers = body.get("triggers") if isinstance(body, MapNode) else None
    found: list[CronTrigger] = []
    for item in triggers.items if isinstance(triggers, ListNode) else []:
        schedule = item.get("schedule") if isinstance(item, MapNode) else None
        cron = schedule.get("cron") if isinstance(schedule, MapNode) else None
        if isinstance(schedule, MapNode) and isinstance(cron, Scalar):
            found.append(cron_trigger(cron, schedule.get("filters"), scope))
    return tuple(found)


def _draft(workflow_job: WorkflowJob, jobs: MapNode, scope: Scope) -> InstanceDraft | None:
    diagnostics = scope.compilation.diagnostics
    type_ = workflow_job.get("type")
    approval = isinstance(type_, Scalar) and type_.value == "approval"
    draft = InstanceDraft(
        workflow_job.job,
        workflow_job.job,
        "approval" if approval else "build",
        workflow_job.job,
        workflow_job.key.position,
    )
    draft.final, draft.workflow_job = workflow_job.job, workflow_job
    body = jobs.get(workflow_job.job)
    if not approval and not isinstance(body, MapNode):
        hint = diagnostics.suggest(workflow_job.job, jobs.entries)
        diagnostics.error(workflow_job.key, f"Cannot find a definition for job named {workflow_job.job}", hint)
        return None
    if isinstance(body, MapNode) and not approval:
        position = jobs.entries[workflow_job.job][0].position
        draft.compiled = CompiledJob(body, "build", names_of(None, body.entries), position)
    draft.apply(replace(decide(workflow_job.get("filters"), scope), removes=False))
    draft.wanted = read(workflow_job.get("requires"), diagnostics)
    context = workflow_job.get("context")
    items = context.items if isinstance(context, ListNode) else [context or BROKEN]
    draft.contexts = tuple(item.text for item in items if item.text is not None)
    return draft
