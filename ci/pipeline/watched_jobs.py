"""Which jobs run under ``--watch``: those that a saved file concerns, and none that nobody would start unasked."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator

from ..dataclass import dataclass, replace
from ..errors import CiError, Problem, UsageError
from ..record.run_record import JobRecord, WorkflowRecord
from ..system.private_files import read_bytes
from ..workflow.graph import ancestors
from ..workflow.job_instances import JobInstance
from ..workflow.model import Checkout
from ..workflow.plan import Plan, of_jobs
from .changed_jobs import changed_jobs
from .earlier_run import DONE, EarlierRun, with_dependents

Names = frozenset[str]


class NothingToRunError(CiError):
    """Every result that is kept holds."""


@dataclass(frozen=True, slots=True)
class WatchedRun(EarlierRun):
    """The run before, and what has happened since."""

    failing: frozenset[tuple[str, str]] = frozenset()
    """Jobs that failed when they last ran to their end: a workflow's name and a job's."""
    outdated: frozenset[tuple[str, str]] = frozenset()
    """Jobs whose results come from files that have changed since."""
    tell: Callable[[dict[str, object]], None] = lambda message: None
    """Gets whether a job copies the work tree, and whether more jobs are due after this run."""

    def taken(self, plan: Plan, compiled: str) -> tuple[JobRecord, ...]:
        """Return the records of the jobs that need not run; raise NothingToRunError if those are all."""
        workflow = self.workflow(plan.workflow.name)
        if workflow is None:
            self.tell({"reads": bool(checking_out(plan))})
            return ()
        running, more = self._running(plan, workflow, compiled)
        if not running and len(self.record.workflows) == 1:
            raise NothingToRunError(Problem("every result holds"))
        self.tell({"reads": bool(running & checking_out(plan)), "more": more})
        records = {each.name: each for each in workflow.jobs}
        return tuple(records[each.name] for each in plan.instances if each.name not in running)

    def _running(self, plan: Plan, workflow: WorkflowRecord, compiled: str) -> tuple[Names, bool]:
        """Return the jobs that run now, and whether others are due once they have passed.

        Those that failed run first, with what the others have left, if nothing but files has changed.
        """
        due = self._due(plan, workflow, compiled)
        everything = with_dependents(plan, due | _of(workflow.name, self.failing) & plan.places.keys())
        failed = with_dependents(plan, _of(workflow.name, self.failing) & plan.places.keys())
        kept = {each.name for each in workflow.jobs if each.status in DONE}
        can_go_first = failed and failed != everything and plan.places.keys() - failed <= kept
        if can_go_first and not self._redefined(plan, workflow, compiled):
            return frozenset(failed), True
        return frozenset(everything), False

    def _due(self, plan: Plan, workflow: WorkflowRecord, compiled: str) -> set[str]:
        kept = {each.name for each in workflow.jobs if each.status in DONE}
        outdated = checking_out(plan) & _of(workflow.name, self.outdated)
        return set(plan.places.keys() - kept | outdated | self._redefined(plan, workflow, compiled))

    def _redefined(self, plan: Plan, workflow: WorkflowRecord, compiled: str) -> Names:
        """Return the jobs that are defined otherwise than in the run before, or were not in it."""
        try:
            before = read_bytes(self.folder / workflow.config).decode()
        except (OSError, UnicodeDecodeError):
            before = ""
        changed = changed_jobs(before, compiled, workflow.name)
        known = {each.name for each in workflow.jobs}
        names = frozenset(plan.places)
        return names if changed is None else (changed & names) | (names - known)


def _of(workflow: str, jobs: Iterable[tuple[str, str]]) -> Names:
    return frozenset(job for name, job in jobs if name == workflow)


def checking_out(plan: Plan) -> Names:
    """Return the jobs that get the files of the work tree."""
    return frozenset(
        each.name for each in plan.instances if each.job and any(isinstance(step, Checkout) for step in each.job.steps)
    )


def without_unasked(plan: Plan, named: tuple[str, ...]) -> Plan:
    """Return a plan without the jobs that have a context or are behind an approval, but for those that are named.

    A job that requires one of them is left out too.
    """
    asked = {each.name for each in of_jobs(plan.workflow, named)} if named else set()
    asked |= {each.name for each in plan.instances if each.kind == "approval" and _is_before(each.name, asked, plan)}
    out: dict[str, str] = {}
    for each in plan.instances:  # parents come first
        if reason := _unasked(each, plan, asked, out):
            out[each.name] = reason
    kept = tuple(each for each in plan.instances if each.name not in out)
    if not kept and out:
        name, reason = next(iter(out.items()))
        message = f"--watch leaves out every job of workflow {plan.workflow.name!r}: {name}, for example: {reason}"
        raise UsageError(Problem(message, None, f"Name those that it is to run: -j {name}"))
    left = tuple((each, out[each.name]) for each in plan.instances if each.name in out)
    return replace(plan, instances=kept, asked=plan.asked - out.keys(), left_out=(*plan.left_out, *left))


def _is_before(name: str, later: Iterable[str], plan: Plan) -> bool:
    """Return whether one of those jobs is behind that one."""
    parents = {each.name: plan.needs(each) for each in plan.instances}
    return name in ancestors(later, parents)


def _unasked(instance: JobInstance, plan: Plan, asked: set[str], out: dict[str, str]) -> str | None:
    """Return why a job does not run unasked; None if it does."""
    if parent := next((name for name in plan.needs(instance) if name in out), None):
        return f"it requires {parent}, which is left out"
    if instance.name in asked:
        return None
    if instance.contexts:
        return f"it has the context {instance.contexts[0]}"
    return "it is an approval" if instance.kind == "approval" else None


def left_out_lines(plan: Plan, before: Plan) -> Iterator[str]:
    """Yield a line for each job that ``--watch`` leaves out of a plan, and how it comes in."""
    known = {each.name for each, _ in before.left_out}
    for each, reason in plan.left_out:
        if each.name not in known:
            yield f"--watch leaves out {each.name}: {reason} (-j {each.name} takes it in)"
