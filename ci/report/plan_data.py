"""A plan and a graph as plain data: ``run --dry-run --json`` and ``graph --json``; docs/events.md has each key."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence

from ..runtime.fidelity import LEFT_OUT, TABLE
from ..workflow.job_instances import JobInstance, Workflow
from ..workflow.model import Job, Step
from ..workflow.plan import Plan

SCHEMA = 1
"""Raised when a key changes its meaning."""
Data = dict[str, object]


def plan_data(
    plan: Plan,
    engine: str,
    reason: str,
    skip_reason: Callable[[JobInstance], str | None],
    preview: Callable[[JobInstance], Sequence[str]],
    risks: Callable[[JobInstance], Iterable[str]],
) -> Data:
    """Return what a run would do, from the very objects that would do it."""
    jobs: list[Data] = []
    for instance in plan.instances:
        refused = (skip_reason(instance) if instance.job else instance.lacks) or None
        job = None if refused else instance.job
        jobs.append(
            {
                **instance_data(instance, set(plan.needs(instance))),
                "asked": instance.name in plan.asked,
                "merged": [each.name for each in instance.merged],
                "skipped": refused,
                "preview": [*preview(instance)] if job else [],
                "risks": [*risks(instance)] if job else [],
                "steps": _steps(job, engine) if job else [],
            }
        )
    left_out = [{"name": each.name, "reason": why} for each, why in plan.left_out]
    head: Data = {"schema": SCHEMA, "workflow": plan.workflow.name, "engine": engine, "reason": reason}
    return {**head, "jobs": jobs, "left_out": left_out}


def graph_data(workflows: Iterable[Workflow]) -> Data:
    """Return the workflows with their jobs in the order of the config."""
    return {"schema": SCHEMA, "workflows": [_workflow(each) for each in workflows]}


def _workflow(workflow: Workflow) -> Data:
    jobs = []
    for instance in workflow.instances:
        filtered = instance.filtered or None
        jobs.append({**instance_data(instance), "filtered": filtered, "missing_orbs": [*instance.missing]})
    return {
        "name": workflow.name,
        "position": str(workflow.position),
        "active": workflow.active,
        "inactive_because": workflow.inactive_because or None,
        "schedules": [*workflow.schedules],
        "jobs": jobs,
    }


def instance_data(instance: JobInstance, parents: set[str] | None = None) -> Data:
    """Return what plans and graphs say of a job; ``parents`` are those of its needs that count, else all."""
    needs = [each for each in instance.needs if parents is None or each.name in parents]
    return {
        "name": instance.name,
        "kind": instance.kind,
        "job": instance.source_job,
        "session": instance.session,
        "position": str(instance.position),
        "executors": [*instance.executors],
        "matrix": dict(instance.matrix),
        "needs": [{"name": each.name, "statuses": [*each.statuses]} for each in needs],
        "contexts": [*instance.contexts],
        "parallelism": instance.job.parallelism if instance.job else 1,
    }


def _steps(job: Job, engine: str) -> list[Data]:
    return [_step(number, step, engine) for number, step in enumerate(job.steps, 1)]


def _step(number: int, step: Step, engine: str) -> Data:
    left_out = TABLE[type(step)].on(engine) == LEFT_OUT
    return {
        "step": number,
        "name": step.name,
        "position": str(step.position),
        "when": step.when,
        "left_out": left_out,
    }
