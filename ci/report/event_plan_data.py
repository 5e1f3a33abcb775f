"""What an event starts as plain data: ``plan --json``; docs/events.md has each key."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from ..workflow.event_plan import JobStart, WorkflowStart
from ..workflow.pipeline_event import PipelineEvent
from .plan_data import SCHEMA, Data, instance_data

Words = Mapping[tuple[str, str], Sequence[str]]
"""The options by which a job would run, by the names of its workflow and itself; "" is the workflow."""


def event_plan_data(
    event: PipelineEvent, branch: str, tag: str, plan: Sequence[WorkflowStart], words: Words, setup: bool
) -> Data:
    """Return the plan of an event."""
    return {
        "schema": SCHEMA,
        "event": event.kind,
        "action": event.action,
        "schedule": event.schedule,
        "branch": branch,
        "tag": tag,
        "setup": setup,
        "workflows": [_workflow(each, words) for each in plan],
    }


def _workflow(start: WorkflowStart, words: Words) -> Data:
    workflow = start.workflow
    found = words.get((workflow.name, ""))
    return {
        "name": workflow.name,
        "position": str(workflow.position),
        "starts": start.starts,
        "reason": start.reason,
        "values": dict(start.values),
        "decided_at": str(start.position),
        "to_run": list(found) if found is not None else None,
        "schedules": [*workflow.schedules],
        "jobs": [_job(each, start, words) for each in start.jobs],
    }


def _job(job: JobStart, start: WorkflowStart, words: Words) -> Data:
    found = words.get((start.workflow.name, job.instance.name))
    decides = job if start.starts or not job.runs else start
    return {
        **instance_data(job.instance),
        "contexts_here": [*job.contexts_here],
        "runs": start.starts and job.runs,
        "reason": decides.reason,
        "values": dict(decides.values),
        "decided_at": str(decides.position),
        "to_run": list(found) if found is not None else None,
    }
