"""Which jobs run on this machine itself, and whether they can change it."""

from __future__ import annotations

from ..runtime.task import Settings
from ..workflow.job_instances import JobInstance
from ..workflow.model import Job
from ..workflow.plan import Plan
from .protocol import Engine

CHANGES_MACHINE = "jobs can change this machine"


def runs_here(engine: Engine, instance: JobInstance, settings: Settings) -> bool:
    """Return whether an engine runs an instance's steps on this machine, outside containers."""
    job = instance.job
    if job is None or engine.skip_reason(instance, settings):
        return False
    as_machine = job.executor == "machine" and settings.machine == "host"
    return engine.name == "host" or (engine.name == "docker" and as_machine)


def changes_machine(engine: Engine, plan: Plan, settings: Settings) -> bool:
    """Return whether some job of a plan runs on this machine without a private view of its files."""
    here = (each.job for each in plan.instances if runs_here(engine, each, settings))
    return any(job and not _is_isolated(job, settings) for job in here)


def _is_isolated(job: Job, settings: Settings) -> bool:
    from .host import isolation

    return isolation.of_job(job, settings) == "namespace" and not isolation.shared_folders()


def explained(reason: str, engine: Engine, plan: Plan, settings: Settings) -> str:
    """Return why an engine was taken, with a warning if its jobs can change this machine."""
    return f"{reason}; {CHANGES_MACHINE}" if changes_machine(engine, plan, settings) else reason
