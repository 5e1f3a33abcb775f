"""``--dry-run``: what exactly would run, in order."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from ..runtime.fidelity import LEFT_OUT, TABLE
from ..workflow.model import JobInstance, Step
from ..workflow.plan import Plan
from .text import one_line, plural


def plan_lines(plan: Plan, engine: str, reason: str, refusal: Callable[[JobInstance], str]) -> Iterator[str]:
    """A line for the run, one for each job, one for each of its steps."""
    jobs = plural(len(plan.instances), "job")
    yield f"workflow {plan.workflow.name}: {jobs}, engine {engine} ({reason}); nothing is run"
    for number, instance in enumerate(plan.instances, 1):
        yield from _job_lines(number, instance, plan, engine, refusal(instance) if instance.job else "")
    for instance, why in plan.left_out:
        yield f"   - {instance.name}: left out: {why}"


def _job_lines(number: int, instance: JobInstance, plan: Plan, engine: str, refusal: str) -> Iterator[str]:
    facts: list[str] = [instance.kind] if instance.kind != "build" else []
    facts += [f"on {instance.executors[0]}"] if instance.executors else []
    needs = plan.needs(instance)
    facts += [f"after {', '.join(needs)}"] if needs else []
    facts += [f"merged from {', '.join(each.name for each in instance.merged)}"] if len(instance.merged) > 1 else []
    facts += ["as a parent"] if instance.name not in plan.asked else []
    yield f"  {number:>2}. {instance.name}{': ' if facts else ''}{', '.join(facts)}"
    if refusal:
        yield f"        skipped: {refusal}"
        return
    for step in instance.job.steps if instance.job else ():
        yield f"        {_when(step, engine)}{one_line(step.name)}  ({step.position})"


def _when(step: Step, engine: str) -> str:
    if TABLE[type(step).__name__].on(engine) == LEFT_OUT:
        return "[left out] "
    return "" if step.when == "on_success" else f"[{step.when}] "
