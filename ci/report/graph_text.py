"""A workflow's graph as text: a line for each row of jobs, in the order in which they may start."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from ..escapes import visible_name
from ..workflow.graph import ordered
from ..workflow.job_instances import Workflow
from ..workflow.job_rows import JobRow, job_rows


def graph_text(workflow: Workflow) -> str:
    """Return the workflow's jobs by generation: each line names a job, or those of a matrix, and what it waits for."""
    if workflow.inactive_because is not None:
        return graph_head(workflow)
    rows = {row.name: row for row in job_rows(workflow.instances)}
    parents = {name: [need for need, _ in row.needs] for name, row in rows.items()}
    depths: dict[str, int] = {}
    for name in ordered(parents):
        depths[name] = 1 + max((depths[parent] for parent in parents[name] if parent in depths), default=-1)
    width = max((2 * depths[name] + len(visible_name(name)) for name in rows), default=0)
    short = {name: row.short for name, row in rows.items()}
    lines = [_line(rows[name], depths[name], width, short) for name in sorted(depths, key=lambda name: depths[name])]
    return "\n".join([graph_head(workflow), *lines])


def graph_head(workflow: Workflow) -> str:
    """Return a workflow's name with what starts it, if that is not every push."""
    head = workflow.name
    if workflow.schedules:
        head += f"  (not on a push: cron {'; '.join(workflow.schedules)})"
    if workflow.inactive_because is not None:
        head += f"  inactive: {workflow.inactive_because}"
    return visible_name(head)


def _line(row: JobRow, depth: int, width: int, short: Mapping[str, str]) -> str:
    name = f"{'  ' * depth}{visible_name(row.name)}"
    return f"  {name:<{width}}  {visible_name('; '.join(_facts(row, short)))}".rstrip()


def _facts(row: JobRow, short: Mapping[str, str]) -> Sequence[str]:
    facts = [*job_facts(row)]
    if row.needs:
        facts.append(f"after {', '.join(_need(short[name], statuses) for name, statuses in row.needs)}")
    instance = row.instances[0]
    if instance.filtered:
        facts.append(f"filtered out: {instance.filtered}")
    if instance.lacks:
        facts.append(f"skipped: {instance.lacks}")
    return facts


def job_facts(row: JobRow) -> Sequence[str]:
    """Return what a row's jobs are and where they run."""
    instance = row.instances[0]
    facts: list[str] = [instance.kind] if instance.kind != "build" else []
    executors = dict.fromkeys(each.executors[0] for each in row.instances if each.executors)
    if executors:
        facts.append(f"on {', '.join(executors)}")
    if instance.job and instance.job.parallelism > 1:
        facts.append(f"{instance.job.parallelism} nodes")
    return facts


def _need(name: str, statuses: tuple[str, ...]) -> str:
    return name if statuses == ("success",) else f"{name} ({needs_words(statuses)})"


def needs_words(statuses: Sequence[str]) -> str:
    """Return when a job runs behind one that it requires; "" for the usual, its success."""
    return "" if tuple(statuses) == ("success",) else " or ".join(statuses)
