"""What an event starts as text: a block for each workflow, a line for each job, what decides, and its place."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

from ..escapes import visible_name
from ..workflow.event_plan import ALL_OUT, JobStart, WorkflowStart
from ..workflow.job_rows import JobRow, job_rows
from ..workflow.pipeline_event import API, PULL_REQUEST, PUSH, SCHEDULE, PipelineEvent
from .style import Style, plural

ToRun = Callable[[str, str], str | None]
"""The command that runs a job of a workflow, or with "" the workflow; None where there is none to name."""
GAP = 2


def event_plan_lines(
    event: PipelineEvent, branch: str, tag: str, plan: Sequence[WorkflowStart], to_run: ToRun, style: Style
) -> Iterator[str]:
    """Yield the lines of a plan."""
    starting = sum(each.starts for each in plan)
    count = "none" if not starting else "all" if starting == len(plan) > 1 else f"{starting}"
    yield f"{visible_name(event_name(event, branch, tag))} starts {count} of {plural(len(plan), 'workflow')}"
    for each in plan:
        yield from _workflow_lines(each, to_run, style)


def event_name(event: PipelineEvent, branch: str, tag: str) -> str:
    """Return what triggers the pipeline, in words."""
    where = f"tag {tag}" if tag else f"branch {branch}"
    if event.kind == PUSH:
        return f"a push of {where}"
    if event.kind == SCHEDULE:
        return f"schedule {event.schedule!r} on {where}" if event.schedule else f"a schedule without a name on {where}"
    if event.kind == PULL_REQUEST:
        return f"a pull request ({event.action}) from {where}"
    return f"{'the API' if event.kind == API else 'a custom webhook'} on {where}"


def _workflow_lines(start: WorkflowStart, to_run: ToRun, style: Style) -> Iterator[str]:
    name = visible_name(start.workflow.name)
    sign = style.symbol("start" if start.starts else "skipped")
    rule = f"{_reason(start)}  {style.paint(str(start.position), 'dim')}"
    yield f"{sign} {style.paint(name, 'bold') if start.starts else name}  {rule}"
    if not start.starts:
        command = to_run(start.workflow.name, "")
        if command:
            yield f"    to run it: {visible_name(command)}"
        if start.reason != ALL_OUT:
            return
    by_name = {each.instance.name: each for each in start.jobs}
    facts = {name: (each.runs, each.reason, str(each.position)) for name, each in by_name.items()}
    rows = job_rows([each.instance for each in start.jobs], facts)
    width = max((len(visible_name(row.name)) for row in rows), default=0)
    short = {row.name: row.short for row in rows}
    for row in rows:
        parents = list(dict.fromkeys(short[name] for name, _ in row.needs))
        yield from _job_lines(row, parents, by_name[row.instances[0].name], start, width, to_run, style)


def _job_lines(
    row: JobRow,
    parents: Sequence[str],
    job: JobStart,
    start: WorkflowStart,
    width: int,
    to_run: ToRun,
    style: Style,
) -> Iterator[str]:
    name = visible_name(row.name)
    sign = style.symbol("skipped" if not job.runs else "on_hold" if job.instance.kind == "approval" else "success")
    says = "; ".join([*map(visible_name, _facts(parents, job)), _reason(job)]) if job.runs else _reason(job)
    place = style.paint(str(job.position), "dim")
    yield f"    {sign} {name}{' ' * (width - len(name) + GAP)}{says}  {place}"
    command = None if job.runs else to_run(start.workflow.name, job.instance.name)
    if command:
        yield f"      to run it: {visible_name(command)}"


def _reason(start: WorkflowStart | JobStart) -> str:
    """Return what decides, with the values that it looks at."""
    values = ", ".join(f"{name} is {value or 'empty'}" for name, value in start.values)
    return visible_name(f"{start.reason} ({values})" if values else start.reason)


def _facts(parents: Sequence[str], job: JobStart) -> Iterator[str]:
    instance = job.instance
    if instance.kind == "approval":
        yield f"waits for --approve {instance.name}"
    elif instance.kind != "build":
        yield instance.kind
    if job.contexts_here:
        yield "waits for --yes"
    if parents:
        yield f"after {', '.join(parents)}"
    if instance.contexts:
        named = [f"{name} (values here)" if name in job.contexts_here else name for name in instance.contexts]
        yield f"context {', '.join(named)}"
    if instance.lacks:
        yield f"skipped: {instance.lacks}"
