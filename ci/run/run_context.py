"""What a run needs, decided before it starts, and what is there while it goes on."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping

from ..dataclass import dataclass, field
from ..engines.protocol import Engine, RunTask, Survey, unsurveyed
from ..events import Emit
from ..git.work_tree import WorkTree
from ..record.detached_run import DetachedRun
from ..runtime.job_environment import proxy_passwords
from ..runtime.task import Outcome, Settings
from ..workflow.job_instances import JobInstance
from ..workflow.plan import Plan
from .circle_variables import PipelineIds
from .detachment import Detachment
from .folder import RunFolder
from .pauses import NoPauses, Pauses
from .reuse_hook import NoReuse, Reuse
from .secrets import JobSecrets, Passed


@dataclass(frozen=True, slots=True)
class RunContext:
    """Everything that one run of a plan needs, decided before it starts."""

    plan: Plan
    engine: Engine
    engine_reason: str
    fallback: Engine | None
    """The engine to go on with if the first cannot start every job."""
    work_tree: WorkTree
    settings: Settings
    pipeline: PipelineIds
    secrets: JobSecrets
    passed: Passed
    approve: Callable[[JobInstance, Emit, threading.Event], bool | None]
    """True: approved; False: declined; None: nobody to ask."""
    width: int
    fail_fast: bool
    notices: tuple[str, ...] = ()
    pauses: Pauses = field(default_factory=NoPauses)
    taken: Mapping[str, Outcome] = field(default_factory=dict)
    """How the jobs ended that an earlier run has run: they do not run in this one."""
    reuse: Reuse = field(default_factory=NoReuse)
    """Takes jobs from kept runs, each when it would start."""
    left_out: Mapping[str, frozenset[int]] = field(default_factory=dict)
    """The numbers of the steps that the user leaves out, by job."""
    held_back: Mapping[str, str] = field(default_factory=dict)
    """Why jobs are skipped that only run after the user's yes, by name."""
    detaches: bool = False
    """Whether jobs are left to their places where these can run them without this program."""
    before: DetachedRun | None = None
    """The jobs that go on since the run was left."""
    earlier_seconds: float = 0.0
    """How long ago a run that was left had begun."""

    def secret_values(self, environ: Mapping[str, str]) -> tuple[str, ...]:
        """Return what no report of the run may show: all jobs' secrets, passed ones, the passwords of proxies."""
        continuation = self.settings.continuation
        pairs = (*self.secrets.all(), *(continuation.secrets if continuation else ()))
        return (*(value for _, value in pairs), *self.passed.masked, *proxy_passwords(environ))


@dataclass(frozen=True, slots=True)
class ActiveRun:
    """A run that has started: its context, what runs its jobs, its folder, where events go, and what ends it early."""

    context: RunContext
    run_task: RunTask
    folder: RunFolder
    emit: Emit
    cancel: threading.Event
    survey: Survey = unsurveyed
    """Looks at the place of a job."""
    detachment: Detachment = field(default_factory=Detachment)
    """The jobs that go on without this program."""
