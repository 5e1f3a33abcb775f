"""What one invocation will run: the instances that were asked for, their parents, and the order."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from ..dataclass import dataclass, field
from ..errors import Problem, UsageError
from ..source.suggest import choices
from .graph import ancestors, generations, ordered
from .job_instances import JobInstance, Workflow


@dataclass(frozen=True, slots=True)
class Selection:
    """Which of a workflow's instances are wanted; nothing chosen means all of them."""

    jobs: tuple[str, ...] = ()
    executors: tuple[str, ...] = ()
    parents: bool = True


@dataclass(frozen=True, slots=True)
class Plan:
    """The ordered instances of one run; ``left_out`` are those that filters keep from it, with the reason."""

    workflow: Workflow
    instances: tuple[JobInstance, ...]
    asked: frozenset[str]
    left_out: tuple[tuple[JobInstance, str], ...] = ()
    places: Mapping[str, int] = field(init=False, repr=False, compare=False)
    """The place of each instance in the order, from 0, by its name."""

    def __post_init__(self) -> None:
        object.__setattr__(self, "places", {each.name: place for place, each in enumerate(self.instances)})

    def needs(self, instance: JobInstance) -> list[str]:
        """Return the names of the instance's parents that are part of this plan."""
        return [need.name for need in instance.needs if need.name in self.places]

    def upstream(self, instance: JobInstance) -> list[list[str]]:
        """Return the names of all that the instance is behind, oldest first, in groups that run side by side."""
        return generations(instance.name, self._needs_of, self.places)

    def _needs_of(self, name: str) -> list[str]:
        return self.needs(self.instances[self.places[name]])


def make_plan(workflow: Workflow, selection: Selection) -> Plan:
    """Resolve a selection against a workflow.

    Raise UsageError if the selection names what is not there, keeps nothing, or asks for a job
    that the filters leave out.
    """
    if not workflow.active:
        hint = "Pipeline values are set by --branch and --tag, pipeline parameters by --param NAME=VALUE."
        raise UsageError(
            Problem(f"workflow {workflow.name!r} is inactive: {workflow.inactive_because}", workflow.position, hint)
        )
    asked = of_executors(of_jobs(workflow, selection.jobs), selection.executors)
    out = filtered_out(workflow)
    if selection.jobs or selection.executors:
        _refuse_filtered([instance for instance in asked if instance.name in out], out, asked)
    parents = {instance.name: [need.name for need in instance.needs] for instance in workflow.instances}
    wanted = {instance.name for instance in asked if instance.name not in out}
    reached = ancestors(wanted, parents) - out.keys() if selection.parents else wanted
    by_name = {instance.name: instance for instance in workflow.instances if instance.name in reached}
    order = ordered({name: parents[name] for name in by_name})
    return Plan(
        workflow,
        tuple(by_name[name] for name in order),
        frozenset(wanted),
        tuple((instance, out[instance.name]) for instance in asked if instance.name in out),
    )


def of_jobs(workflow: Workflow, names: Sequence[str]) -> Sequence[JobInstance]:
    """Return the instances that any of those names means, in the order of the config; all if there is no name."""
    if not names:
        return workflow.instances
    meant = {instance.name for name in names for instance in of_job(workflow, name)}
    return [instance for instance in workflow.instances if instance.name in meant]


def of_job(workflow: Workflow, name: str) -> Sequence[JobInstance]:
    """Return the instances that ``-j NAME`` means: by final name, else by session, else by job."""
    if matches := named(workflow.instances, name):
        return matches
    known = unique([each.session for each in workflow.instances] + [each.name for each in workflow.instances])
    raise UsageError(
        Problem(f"workflow {workflow.name!r} has no job {name!r}", workflow.position, choices(name, known))
    )


def named(instances: Sequence[JobInstance], name: str) -> Sequence[JobInstance]:
    """Return the instances that a name means: by final name, else by session, else by job."""
    by_kind = zip(*(each.names for each in instances), strict=True)
    for names in by_kind:
        if name in names:
            return [each for each, one in zip(instances, names, strict=True) if one == name]
    return ()


def has_job(workflow: Workflow, name: str) -> bool:
    """Return whether ``-j NAME`` means a job of the workflow that executes something."""
    executes = [each for each in workflow.instances if each.job or each.missing]
    return any(name in each.names for each in executes)


def of_executors(instances: Sequence[JobInstance], names: Sequence[str]) -> Sequence[JobInstance]:
    """Return the instances that have an executor or a matrix value of those names; all of them if there is no name."""
    if not names:
        return instances
    known = unique([name for instance in instances for name in instance.variants])
    for name in names:
        if name not in known:
            jobs = ", ".join(unique([instance.session for instance in instances]))
            message = f"no executor or matrix value {name!r} among the jobs {jobs}"
            raise UsageError(Problem(message, None, choices(name, known)))
    return [instance for instance in instances if set(instance.variants) & set(names)]


def filtered_out(workflow: Workflow) -> dict[str, str]:
    """Return the instances that the filters leave out, each with the reason.

    A job all of whose parents are left out is left out with them.
    https://circleci.com/docs/reference/configuration-reference/#requires
    """
    out = {instance.name: instance.filtered for instance in workflow.instances if instance.filtered}
    by_name = {instance.name: instance for instance in workflow.instances}
    for name in ordered({each.name: [need.name for need in each.needs] for each in workflow.instances}):
        needs = by_name[name].needs
        if name not in out and needs and all(need.name in out for need in needs):
            out[name] = f"all that it requires is filtered out ({', '.join(need.name for need in needs)})"
    return out


def _refuse_filtered(refused: Sequence[JobInstance], out: dict[str, str], asked: Sequence[JobInstance]) -> None:
    if refused and len(refused) == len(asked):
        hint = "--branch NAME or --tag NAME runs it as for that branch or tag."
        raise UsageError(
            *(Problem(f"job {each.name!r} is filtered out: {out[each.name]}", each.position, hint) for each in refused)
        )


def unique(names: Sequence[str]) -> list[str]:
    """Return the names without repetition, in order."""
    return list(dict.fromkeys(names))
