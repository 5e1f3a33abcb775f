"""Which workflows and jobs an event starts, and what decides.

https://circleci.com/docs/reference/configuration-reference/#triggers: a workflow with ``triggers`` is started by its
schedule alone; #using-when-in-workflows: any other runs unless its condition prevents it; #jobfilters: filters decide
for each of its jobs.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence

from ..dataclass import dataclass
from ..errors import Position
from .job_instances import CronTrigger, JobInstance, Pairs, Workflow
from .pipeline_event import SCHEDULE, PipelineEvent
from .plan import filtered_out

ALL_OUT = "the filters leave out all of its jobs"


@dataclass(frozen=True, slots=True)
class JobStart:
    """Whether a job of a workflow that an event starts runs, and what decides."""

    instance: JobInstance
    runs: bool
    reason: str
    position: Position
    """Where that stands which decides; the job's entry if nothing does."""
    values: Pairs = ()
    """The pipeline values and parameters that decide."""
    contexts_here: tuple[str, ...] = ()
    """Those of its contexts that have values on this machine: a run without a workflow's name asks before it runs."""


@dataclass(frozen=True, slots=True)
class WorkflowStart:
    """Whether an event starts a workflow, and what decides."""

    workflow: Workflow
    starts: bool
    reason: str
    position: Position
    """Where that stands which decides; the workflow if nothing does."""
    values: Pairs = ()
    """The pipeline values and parameters that decide."""
    jobs: tuple[JobStart, ...] = ()
    """In the order of the config; none of a workflow that its condition makes inactive, whose jobs are not known."""


def event_plan(
    workflows: Sequence[Workflow], event: PipelineEvent, here: Collection[str] = ()
) -> tuple[WorkflowStart, ...]:
    """Return what an event starts, of workflows that were compiled with the values of that event.

    ``here`` are the contexts that have values on this machine.
    """
    scheduled = {each.name for each in workflows if each.triggers}
    return tuple(_start(each, event, scheduled, here) for each in workflows)


def _start(workflow: Workflow, event: PipelineEvent, scheduled: set[str], here: Collection[str]) -> WorkflowStart:
    starts, reason, position = _decided(workflow, event, scheduled)
    jobs = tuple(_jobs(workflow, here))
    values = workflow.condition_values if position == workflow.condition_at else ()
    if starts and not any(each.runs for each in jobs):
        return WorkflowStart(workflow, False, ALL_OUT, workflow.position, (), jobs)
    return WorkflowStart(workflow, starts, reason, position, values, jobs)


def _decided(workflow: Workflow, event: PipelineEvent, scheduled: set[str]) -> tuple[bool, str, Position]:
    at = workflow.condition_at or workflow.position
    if workflow.inactive_because is not None:
        return False, workflow.inactive_because.removesuffix(f" ({at})"), at
    if workflow.triggers:
        return _by_schedule(workflow.triggers, workflow.name == event.schedule and event.kind == SCHEDULE)
    if event.kind == SCHEDULE and event.schedule in scheduled:
        return False, f"the schedule of workflow {event.schedule!r} starts that workflow alone", at
    return True, "its condition holds" if workflow.condition_at else "it has no condition", at


def _by_schedule(triggers: Sequence[CronTrigger], asked: bool) -> tuple[bool, str, Position]:
    first = next((each for each in triggers if each.refuses is None), triggers[0])
    if not asked:
        return False, f"its schedule alone starts it (cron {'; '.join(each.cron for each in triggers)})", first.position
    if first.refuses is not None:
        return False, first.refuses, first.filter_at or first.position
    return True, f"its schedule (cron {first.cron})", first.position


def _jobs(workflow: Workflow, here: Collection[str]) -> Iterator[JobStart]:
    out = filtered_out(workflow)
    for each in workflow.instances:
        if each.name not in out:
            reason = each.allowed or "it has no filter"
            contexts = tuple(name for name in each.contexts if name in here)
            yield JobStart(each, True, reason, each.filter_at or each.position, each.filter_values, contexts)
        elif each.filtered is None:  # for those that it requires
            yield JobStart(each, False, out[each.name], each.position)
        else:
            yield JobStart(each, False, each.filtered, each.filter_at or each.position, each.filter_values)
