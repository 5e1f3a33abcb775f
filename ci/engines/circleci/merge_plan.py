"""One executor's share of a plan as one job: what a single ``local execute`` can run. Pure."""

from __future__ import annotations

import itertools
import posixpath
import re
from collections.abc import Iterable, Iterator, Sequence

from ...dataclass import fields, replace
from ...errors import Problem, UsageError
from ...workflow.graph import ancestors
from ...workflow.job_instances import JobInstance, Need
from ...workflow.model import Checkout, Image, Job, Pairs, Run, Step
from ...workflow.plan import Plan

HINT = "--engine docker runs each job in its own image, and passes workspaces on."


def merged_plan(plan: Plan) -> Plan:
    """Return the plan with each executor's share, parents included, as one instance; approvals before a share stay.

    Raise UsageError for parents that need another image than the jobs that require them.
    """
    out = _unmergeable(plan)
    parents = {each.name: [name for name in plan.needs(each) if name not in out] for each in plan.instances}
    asked = [each for each in plan.instances if each.name in plan.asked and each.name not in out]
    shares: dict[tuple[str, str], list[JobInstance]] = {}
    for each in asked:
        if each.job and each.job.executor == "docker":
            shares.setdefault((_executor(each), _image(each)), []).append(each)
    problems: list[Problem] = []
    units: list[JobInstance] = []
    taken = {each.name for each in plan.instances if each.kind == "approval" or not each.job}
    for (executor, _), roots in shares.items():
        reached = ancestors({each.name for each in roots}, parents)
        members = [each for each in plan.instances if each.name in reached]
        problems += _other_images(members, roots)
        name = _unit_name(plan, roots, executor, len(shares), taken)
        taken.add(name)
        units.append(_unit(name, members, roots))
    if problems:
        raise UsageError(*problems)
    before = {need.name for unit in units for need in unit.needs}
    others = [each for each in asked if each.job and each.job.executor != "docker"]
    gates = [replace(each, needs=()) for each in plan.instances if each.kind == "approval" and each.name in before]
    instances = (*gates, *units, *(replace(each, needs=()) for each in others))
    return replace(
        plan,
        instances=instances,
        asked=frozenset(each.name for each in instances),
        left_out=(*plan.left_out, *((each, out[each.name]) for each in plan.instances if each.name in out)),
    )


def _unmergeable(plan: Plan) -> dict[str, str]:
    """Return the instances that wait for a failure or lack an orb, and those behind: one job cannot fail and go on."""
    out: dict[str, str] = {}
    planned = {each.name for each in plan.instances}
    for each in plan.instances:
        if lacks := each.lacks:
            out[each.name] = lacks
        for need in each.needs:
            if need.name in planned and "success" not in need.statuses:
                out[each.name] = f"it runs only if {need.name} ended {' or '.join(need.statuses)}. {HINT}"
            elif need.name in out:
                out[each.name] = f"it requires {need.name}, which is left out"
    return out


def _executor(instance: JobInstance) -> str:
    return instance.executors[0] if instance.executors else ""


def _image(instance: JobInstance) -> str:
    return instance.job.images[0].image if instance.job and instance.job.images else ""


def _unit_name(plan: Plan, roots: Sequence[JobInstance], executor: str, shares: int, taken: set[str]) -> str:
    """Return the job's own name if one was asked for, else the workflow's, with the executor's if there are several."""
    if len(roots) == 1:
        return roots[0].name
    name = plan.workflow.name if shares == 1 else re.sub(r"[^\w.-]+", "-", f"{plan.workflow.name}-{executor}")
    numbered = (f"{name}-{number}" for number in itertools.count(2))
    return next(each for each in itertools.chain([name], numbered) if each not in taken)


def _other_images(members: Sequence[JobInstance], roots: Sequence[JobInstance]) -> Iterator[Problem]:
    image = _image(roots[0])
    others = [each for each in members if each.job and _image(each) != image]
    if others:
        jobs = ", ".join(f"{each.name} ({_image(each) or (each.job and each.job.executor)})" for each in others)
        wanted = ", ".join(each.name for each in roots)
        message = f"{jobs} cannot be merged with {wanted} ({image}): `local execute` runs one job in one image"
        yield Problem(message, others[0].position, HINT)


def _unit(name: str, members: Sequence[JobInstance], roots: Sequence[JobInstance]) -> JobInstance:
    parts = tuple(each for each in members if each.job)
    return replace(
        roots[0],
        name=name,
        source_job=name,
        needs=tuple(Need(each.name) for each in members if each.kind == "approval"),
        contexts=tuple(dict.fromkeys(context for each in parts for context in each.contexts)),
        serial_group=next((each.serial_group for each in parts if each.serial_group), ""),
        job=merged_job(name, [each.job for each in parts if each.job]),
        merged=parts,
    )


def merged_job(name: str, jobs: Sequence[Job]) -> Job:
    """Jobs of one image, in order, as one: each step once, with what is not common to all jobs in the step itself."""
    environments = [dict(job.environment) for job in jobs]
    common = {
        key: value for key, value in environments[0].items() if all(each.get(key) == value for each in environments)
    }
    shells = {job.shell for job in jobs}
    shell = shells.pop() if len(shells) == 1 else ""
    steps: list[Step] = []
    known: set[object] = set()
    for job, environment in zip(jobs, environments, strict=True):
        own = {key: value for key, value in environment.items() if key not in common}
        placed = [_placed(step, job, own, jobs[0].working_directory, shell) for step in job.steps]
        steps += [step for step in placed if _content(step) not in known]
        known |= {_content(step) for step in placed}
    return replace(
        jobs[0],
        name=name,
        steps=tuple(steps),
        images=tuple(_containers(jobs)),
        environment=tuple(common.items()),
        shell=shell,
        resource_class=next((job.resource_class for job in jobs if job.resource_class), ""),
        parallelism=1,
        ip_ranges=any(job.ip_ranges for job in jobs),
    )


def _placed(step: Step, job: Job, own: dict[str, str], directory: str, shell: str) -> Step:
    """Return a step that does in the merged job what it did in its own."""
    moved = job.working_directory != directory
    if isinstance(step, Checkout):
        return replace(step, path=_within(job, step.path)) if moved else step
    if not isinstance(step, Run):
        return step
    return replace(
        step,
        environment=_pairs({**own, **dict(step.environment)}),
        working_directory=_within(job, step.working_directory) if moved else step.working_directory,
        shell=step.shell or ("" if job.shell == shell else job.shell),
    )


def _within(job: Job, path: str) -> str:
    if path.startswith(("/", "~")):
        return path
    return posixpath.normpath(posixpath.join(job.working_directory, path))


def _pairs(environment: dict[str, str]) -> Pairs:
    return tuple(environment.items())


def _content(step: Step) -> object:
    """All of a step but its place in the file; the order of its variables does not count."""
    values = [getattr(step, each.name) for each in fields(step) if each.name not in ("position", "environment")]
    return (type(step), *values, frozenset(step.environment) if isinstance(step, Run) else ())


def _containers(jobs: Sequence[Job]) -> Iterable[Image]:
    """Return the primary container, with its own program's variables of all jobs, and every service that one has."""
    found: dict[Image, Image] = {}
    for image in (image for job in jobs for image in job.images[1:]):
        found.setdefault(replace(image, position=jobs[0].position), image)
    variables = {name: value for job in jobs for image in job.images[:1] for name, value in image.environment}
    primary = [replace(image, environment=_pairs(variables)) for image in jobs[0].images[:1]]
    return (*primary, *found.values())
