"""A workflow as a graph of job instances: what the compiler makes of it, and what a plan is made of."""

from __future__ import annotations

from typing import Literal

from ..dataclass import dataclass
from ..errors import Position

TYPE_CHECKING = False
if TYPE_CHECKING:  # a list of sessions needs no typed jobs
    from .model import Job

Kind = Literal["build", "approval", "no-op", "release", "lock", "unlock"]
Status = Literal["success", "failed", "canceled", "unauthorized", "not_run"]

Pairs = tuple[tuple[str, str], ...]
"""Names with their values."""
STATUSES: tuple[Status, ...] = ("success", "failed", "canceled", "unauthorized", "not_run")


@dataclass(frozen=True, slots=True)
class Need:
    """A parent, by its final name, and the statuses of it that let the job start."""

    name: str
    statuses: tuple[Status, ...] = ("success",)


@dataclass(frozen=True, slots=True)
class JobInstance:
    """One job of one workflow after matrix expansion; the compiler leaves ``job`` to ``load_jobs``."""

    name: str
    kind: Kind
    source_job: str
    """The job's name in the source, with its orb's prefix, as ``jobs:`` of the workflow has it."""
    session: str
    """The NAME of its nox session: the entry's own name, the matrix alias, or the job's name."""
    executors: tuple[str, ...]
    """The names of its executor, the one to show first; empty if nothing executes."""
    needs: tuple[Need, ...]
    contexts: tuple[str, ...]
    position: Position
    job: Job | None = None
    """None if nothing executes: approvals, no-ops, and what depends on a missing orb."""
    filtered: str | None = None
    """Why the job's filters keep it from running on this branch or tag; None if it runs."""
    allowed: str | None = None
    """Why the job's filters let it run; None if they do not, or if it has none."""
    filter_at: Position | None = None
    """Where the filter stands that decides; None if the job does not have it."""
    filter_values: Pairs = ()
    """What the expression in its filters looks at: names of pipeline values and parameters, with what they are."""
    serial_group: str = ""
    merged: tuple[JobInstance, ...] = ()
    """The instances of the workflow that this one stands for, in order, if an engine runs several as one."""
    missing: tuple[str, ...] = ()
    """The missing orbs that it depends on."""
    matrix: Pairs = ()
    """The values that its matrix has given it, each with its parameter's name, in the order of the matrix."""

    @property
    def variants(self) -> tuple[str, ...]:
        """The names by which ``-e`` finds it: its executors', and the values of its matrix."""
        return (*self.executors, *(value for _, value in self.matrix))

    @property
    def names(self) -> tuple[str, str, str]:
        """The names by which a user may mean it, the one that counts first in front."""
        return self.name, self.session, self.source_job

    @property
    def lacks(self) -> str | None:
        """Return why it cannot run, whatever the engine; None if it can."""
        orbs = ", ".join(self.missing)
        return f"its orb{'s' * (len(self.missing) > 1)} {orbs} {_are(self.missing)} missing" if orbs else None


@dataclass(frozen=True, slots=True)
class CronTrigger:
    """A schedule in a workflow's ``triggers``."""

    cron: str
    position: Position
    refuses: str | None = None
    """Why it is not for this branch; None if it is."""
    filter_at: Position | None = None
    """Where the filter of its branches stands."""


@dataclass(frozen=True, slots=True)
class Workflow:
    """A workflow's instances in the order of the config; none if its ``when`` or ``unless`` makes it inactive."""

    name: str
    position: Position
    instances: tuple[JobInstance, ...]
    inactive_because: str | None = None
    triggers: tuple[CronTrigger, ...] = ()
    """Its schedules: if it has any, they alone start it."""
    max_auto_reruns: int = 0
    condition_at: Position | None = None
    """Where its ``when`` or ``unless`` stands, whatever that comes to; None if it has none."""
    condition_values: Pairs = ()
    """What that looks at: names of pipeline values and parameters, with what they are."""

    @property
    def schedules(self) -> tuple[str, ...]:
        """Return the cron lines of its triggers."""
        return tuple(each.cron for each in self.triggers)

    @property
    def active(self) -> bool:
        return self.inactive_because is None

    def instance(self, name: str) -> JobInstance:
        """Return the instance of that final name; raise KeyError if there is none."""
        for candidate in self.instances:
            if candidate.name == name:
                return candidate
        raise KeyError(name)


def _are(names: tuple[str, ...]) -> str:
    return "are" if len(names) > 1 else "is"
