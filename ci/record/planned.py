"""The record of a workflow before its first job, from the plan that will run."""

from __future__ import annotations

from ..dataclass import replace
from ..workflow.job_instances import JobInstance
from ..workflow.plan import Plan
from .run_record import JobRecord, LeftOut, WorkflowRecord


def planned_workflow(plan: Plan, engine: str, reason: str) -> WorkflowRecord:
    """Return the record of a plan of which nothing has run yet."""
    workflow = plan.workflow
    jobs = tuple(planned_job(plan, each) for each in plan.instances)
    left_out = tuple(LeftOut(each.name, why) for each, why in plan.left_out)
    record = WorkflowRecord(workflow.name, workflow.position, engine, reason, jobs, left_out)
    # its one job has the steps of several, or one of its own
    return record if engine != "circleci" else replace(record, jobs=tuple(replace(each, step_count=0) for each in jobs))


def planned_job(plan: Plan, instance: JobInstance) -> JobRecord:
    """Return the record of a job that has not run yet."""
    job = instance.job
    needs = set(plan.needs(instance))
    return JobRecord(
        name=instance.name,
        kind=instance.kind,
        source_job=instance.source_job,
        session=instance.session,
        position=instance.position,
        executors=instance.executors,
        needs=tuple(each for each in instance.needs if each.name in needs),
        contexts=instance.contexts,
        asked=instance.name in plan.asked,
        parallelism=job.parallelism if job else 1,
        step_count=len(job.steps) if job else 0,
    )
