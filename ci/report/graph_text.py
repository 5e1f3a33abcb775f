"""A workflow's graph as text: a line a job, in the order in which they may start."""

from __future__ import annotations

from collections.abc import Sequence

from ..escapes import visible_name
from ..workflow.graph import ordered
from ..workflow.job_instances import JobInstance, Workflow


def graph_text(workflow: Workflow) -> str:
    """Return the workflow's jobs by generation: each line names a job and what it waits for."""
    head = visible_name(workflow.name)
    if workflow.schedules:
        head += f"  (cron {visible_name('; '.join(workflow.schedules))})"
    if workflow.inactive_because is not None:
        return f"{head}  inactive: {visible_name(workflow.inactive_because)}"
    instances = {instance.name: instance for instance in workflow.instances}
    parents = {name: [need.name for need in instance.needs] for name, instance in instances.items()}
    depths: dict[str, int] = {}
    for name in ordered(parents):
        depths[name] = 1 + max((depths[parent] for parent in parents[name] if parent in depths), default=-1)
    width = max((2 * depths[name] + len(visible_name(name)) for name in instances), default=0)
    rows = [_row(instances[name], depths[name], width) for name in sorted(depths, key=lambda name: depths[name])]
    return "\n".join([head, *rows])


def _row(instance: JobInstance, depth: int, width: int) -> str:
    name = f"{'  ' * depth}{visible_name(instance.name)}"
    return f"  {name:<{width}}  {visible_name('; '.join(_facts(instance)))}".rstrip()


def _facts(instance: JobInstance) -> Sequence[str]:
    facts: list[str] = []
    if instance.kind != "build":
        facts.append(instance.kind)
    if instance.executors:
        facts.append(f"on {instance.executors[0]}")
    if instance.job and instance.job.parallelism > 1:
        facts.append(f"{instance.job.parallelism} nodes")
    if instance.needs:
        facts.append(f"after {', '.join(_need(need.name, need.statuses) for need in instance.needs)}")
    if instance.filtered:
        facts.append(f"filtered out: {instance.filtered}")
    if instance.lacks:
        facts.append(f"skipped: {instance.lacks}")
    return facts


def _need(name: str, statuses: tuple[str, ...]) -> str:
    return name if statuses == ("success",) else f"{name} ({' or '.join(statuses)})"
