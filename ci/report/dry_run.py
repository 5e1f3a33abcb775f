"""``--dry-run``: what exactly would run, in order."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence

from ..runtime.fidelity import LEFT_OUT, TABLE
from ..workflow.job_instances import JobInstance
from ..workflow.model import Step
from ..workflow.plan import Plan
from .style import one_line, plural


def plan_lines(
    plan: Plan,
    engine: str,
    reason: str,
    skip_reason: Callable[[JobInstance], str | None],
    preview: Callable[[JobInstance], Sequence[str]],
    risks: Callable[[JobInstance], Iterable[str]],
) -> Iterator[str]:
    """Yield a line for the run, for each job, its images and steps, and for each step with risks for this machine."""
    jobs = plural(len(plan.instances), "job")
    yield f"workflow {plan.workflow.name}: {jobs}, engine {engine} ({reason}); nothing is run"
    for number, instance in enumerate(plan.instances, 1):
        refused = skip_reason(instance) if instance.job else instance.lacks
        yield _job_line(number, instance, plan)
        if refused:
            yield f"        skipped: {refused}"
        elif instance.job:
            yield from (f"        {line}" for line in preview(instance))
            yield from (f"        {_step(step, engine)}" for step in instance.job.steps)
            yield from (f"        {line}" for line in risks(instance))
    for instance, why in plan.left_out:
        yield f"   - {instance.name}: left out: {why}"


def _job_line(number: int, instance: JobInstance, plan: Plan) -> str:
    facts: list[str] = [instance.kind] if instance.kind != "build" else []
    facts += [f"on {instance.executors[0]}"] if instance.executors else []
    needs = plan.needs(instance)
    facts += [f"after {', '.join(needs)}"] if needs else []
    facts += [f"merged from {', '.join(each.name for each in instance.merged)}"] if len(instance.merged) > 1 else []
    facts += ["as a parent"] if instance.name not in plan.asked else []
    return f"  {number:>2}. {instance.name}{': ' if facts else ''}{', '.join(facts)}"


def _step(step: Step, engine: str) -> str:
    left_out = TABLE[type(step)].on(engine) == LEFT_OUT
    when = "[left out] " if left_out else "" if step.when == "on_success" else f"[{step.when}] "
    return f"{when}{one_line(step.name)}  ({step.position})"
