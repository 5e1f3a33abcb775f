"""The nox sessions that a config has: one for each workflow, one for each job of it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from ..dataclass import dataclass
from ..options.command_list import COMMANDS, SESSIONS

TYPE_CHECKING = False
if TYPE_CHECKING:  # nox --list of a config that has not changed needs no compiler
    from ..compiler.compiled import Compiled
    from ..workflow.job_instances import JobInstance, Workflow


@dataclass(frozen=True, slots=True)
class Session:
    """A nox session: ``arguments`` are those of ``python -m ci`` that it stands for."""

    name: str
    description: str
    arguments: tuple[str, ...]
    tags: tuple[str, ...]


def config_sessions(compiled: Compiled) -> tuple[Session, ...]:
    """Return the workflows' sessions and their jobs'; of two with one name a workflow's wins, else the first."""
    found = {workflow.name: _of_workflow(workflow) for workflow in compiled.workflows}
    for workflow in compiled.workflows:
        for name, instances in _jobs(workflow).items():
            session = _of_job(workflow, name, instances)
            found.setdefault(session.name, session)
    order = {name: index for index, name in enumerate(found)}
    return tuple(sorted(found.values(), key=lambda session: (_home(session, compiled), order[session.name])))


def _home(session: Session, compiled: Compiled) -> int:
    return [workflow.name for workflow in compiled.workflows].index(session.arguments[1])


def _jobs(workflow: Workflow) -> Mapping[str, list[JobInstance]]:
    jobs: dict[str, list[JobInstance]] = {}
    for instance in workflow.instances:
        if instance.kind not in ("approval", "no-op"):
            jobs.setdefault(instance.session, []).append(instance)
    return jobs


def _of_workflow(workflow: Workflow) -> Session:
    names = ", ".join(_jobs(workflow)) or "no jobs"
    when = f" (cron {'; '.join(workflow.schedules)})" if workflow.schedules else ""
    state = "" if workflow.active else f" [inactive: {workflow.inactive_because}]"
    return Session(
        workflow.name, f"Workflow {workflow.name}{when}: {names}.{state}", ("run", workflow.name), ("ci", "workflow")
    )


def _of_job(workflow: Workflow, name: str, instances: list[JobInstance]) -> Session:
    by_name = {instance.name: instance.session for instance in workflow.instances}
    required = _unique(by_name[need.name] for each in instances for need in each.needs if need.name in by_name)
    executors = _unique(each.executors[0] for each in instances if each.executors)
    after = f" after {', '.join(required)}" if required else ""
    on = f" on {', '.join(executors)}" if executors else ""
    missing = _unique(orb for each in instances for orb in each.missing)
    skipped = f" [skipped: missing {', '.join(missing)}]" if missing else ""
    return Session(
        f"{workflow.name}-{name}",
        f"Job {name} of {workflow.name}{on}{after}.{skipped}",
        ("run", workflow.name, "--job", name),
        ("ci", "job"),
    )


def _unique(names: Iterable[str]) -> list[str]:
    return list(dict.fromkeys(names))


def broken_sessions(outline: Iterable[tuple[str, tuple[str, ...]]]) -> tuple[Session, ...]:
    """Return the sessions of a config that does not compile, as far as its names can be read."""
    found: dict[str, Session] = {}
    for workflow, jobs in outline:
        found[workflow] = Session(workflow, f"Workflow {workflow}.", ("run", workflow), ("ci", "workflow"))
        for job in jobs:
            name = f"{workflow}-{job}"
            arguments = ("run", workflow, "--job", job)
            found.setdefault(name, Session(name, f"Job {job} of {workflow}.", arguments, ("ci", "job")))
    return tuple(found.values())


def utility_sessions(taken: Iterable[str]) -> tuple[Session, ...]:
    """Return the utilities; one whose name the config has taken is called ``ci-NAME``."""
    names = set(taken)
    return tuple(
        Session(f"ci-{name}" if name in names else name, COMMANDS[name], (name,), ("ci",)) for name in SESSIONS
    )
