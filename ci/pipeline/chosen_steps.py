"""The steps that a run's options name: where jobs stop, and which steps are left out."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from ..dataclass import replace
from ..errors import Problem, UsageError
from ..options.table import Options
from ..run.pauses import Pauses, Places
from ..workflow.job_instances import JobInstance
from ..workflow.plan import Plan
from ..workflow.step_reference import StepReference, unknown_references


def stops_wanted(options: Options) -> bool:
    """Return whether a job of the run may stop between two steps."""
    return bool(options.pause or options.pause_before or options.pause_after)


def set_stops(pauses: Pauses, plan: Plan, options: Options, engine: str, others: Sequence[Plan] = ()) -> None:
    """Have the jobs of a plan stop as the options say.

    Raise UsageError for a step that no job has, neither of the plan nor of the ``others`` of the run.
    """
    _check([instance for each in (plan, *others) for instance in each.instances], options, engine)
    before = _places(options.pause_before, plan.instances)
    pauses.rule(options.pause, before, _places(options.pause_after, plan.instances))


def options_of_setup(options: Options, setup: Plan, named: bool) -> Options:
    """Return the options of a setup workflow: without the steps that it does not have, which the others may have.

    A step of no certain job is its own only if it is the workflow that was ``named``.
    """

    def is_own(reference: StepReference) -> bool:
        return bool(named or reference.job) and not unknown_references([reference], setup.instances)

    return replace(
        options,
        pause_before=tuple(filter(is_own, options.pause_before)),
        pause_after=tuple(filter(is_own, options.pause_after)),
        from_step=options.from_step if options.from_step and is_own(options.from_step) else None,
    )


def left_out_steps(plan: Plan, options: Options) -> Mapping[str, frozenset[int]]:
    """Return the numbers of the steps that do not run, by job: of the jobs that were asked for alone."""
    if not (options.from_step or options.only_steps):
        return {}
    asked = [each for each in plan.instances if each.name in plan.asked and each.job]
    found = {each.name: frozenset(_left_out(each, options)) for each in asked}
    return {name: numbers for name, numbers in found.items() if numbers}


def _left_out(instance: JobInstance, options: Options) -> Iterable[int]:
    first = _first(instance, options.from_step)
    for number in range(1, 1 + len(instance.job.steps if instance.job else ())):
        if number < first or (options.only_steps and number not in options.only_steps):
            yield number


def _first(instance: JobInstance, reference: StepReference | None) -> int:
    """Return the first step that runs: 1 for a job that the option does not speak of."""
    return min(reference.numbers(instance), default=1) if reference else 1


def _check(instances: Sequence[JobInstance], options: Options, engine: str) -> None:
    named = {
        "--pause-before": options.pause_before,
        "--pause-after": options.pause_after,
        "--from": (options.from_step,) if options.from_step else (),
    }
    if engine == "circleci" and (options.pause or options.only_steps or any(named.values())):
        message = "the engine circleci runs a job as a whole: it does not stop between steps nor leave any out"
        raise UsageError(Problem(message, None, "Take another one: --engine host or --engine docker."))
    for option, references in named.items():
        for each in unknown_references(references, instances):
            message = f"{option} {each}: no job of this run has such a step"
            raise UsageError(Problem(message, None, _steps(instances, each)))


def _steps(instances: Sequence[JobInstance], reference: StepReference) -> str:
    """Return the steps that there are, of the job that was named if it is there."""
    jobs = [each for each in instances if each.job and each.job.steps]
    meant = [each for each in jobs if reference.job and reference.names_job(each)] or jobs
    listed = [
        f"{each.name}: " + ", ".join(f"{number} {step.name!r}" for number, step in enumerate(each.job.steps, 1))
        for each in meant
        if each.job
    ]
    return "Its steps are numbered as the output shows them. " + "; ".join(listed[:5])


def _places(references: Sequence[StepReference], instances: Sequence[JobInstance]) -> Places:
    return tuple(
        (instance.name, number)
        for reference in references
        for instance in instances
        for number in reference.numbers(instance)
    )
