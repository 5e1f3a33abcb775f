"""What a run takes over from an earlier one: which jobs it need not run, and what they have left."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path

from ..dataclass import dataclass
from ..errors import Problem, UsageError
from ..git.work_tree import WorkTree
from ..record.run_record import JobRecord, RunRecord, WorkflowRecord
from ..source.suggest import choices
from ..system.private_files import read_bytes
from ..system.version import own_version
from ..workflow.job_instances import JobInstance
from ..workflow.plan import Plan, named
from .changed_jobs import changed_jobs
from .rerun_command import CONTINUATION

DONE = ("success", "skipped")
"""How the jobs ended that need not run again."""


@dataclass(frozen=True, slots=True)
class EarlierRun:
    """A run from which another one goes on."""

    folder: Path
    record: RunRecord
    jobs: tuple[str, ...] = ()
    """The jobs that run again, by any of their names; without any those that failed or did not run."""
    whole: bool = False
    """Whether every job runs again."""
    is_own: bool = False
    """Whether the record has the user's seal: else its approvals do not count."""

    def workflow(self, name: str) -> WorkflowRecord | None:
        """Return the record of a workflow; None if that run did not have it, or it was the setup of others."""
        workflows = self.record.workflows
        found = [each for each in workflows if each.name == name]
        is_setup = found[:1] == list(workflows[:1]) and any(each.position.file == CONTINUATION for each in workflows)
        return None if is_setup or not found else found[0]

    def taken(self, plan: Plan, compiled: str) -> tuple[JobRecord, ...]:
        """Return the records of the jobs of a plan that need not run; ``compiled`` is its config now, masked.

        Raise UsageError if one of them is not what it was, or for a job that the plan does not have.
        """
        workflow = self.workflow(plan.workflow.name)
        again = {each.name for name in self.jobs for each in self._named(plan, name)}
        if workflow is None or self.whole:
            return ()
        records = {each.name: each for each in workflow.jobs}
        if not self.jobs:
            again = {name for name, each in records.items() if self._is_open(each)}
            if not again and not self._has_open():
                raise UsageError(_nothing_failed(self.folder.name))
        again |= {each.name for each in plan.instances if each.name not in records}
        if not self.is_own:
            again |= {each.name for each in plan.instances if each.kind == "approval"}
        running = with_dependents(plan, again)
        taken = tuple(records[each.name] for each in plan.instances if each.name not in running)
        self._check(workflow, taken, compiled)
        return taken

    def _is_open(self, job: JobRecord) -> bool:
        """Return whether a job has to run again: it failed, did not run, or may have waited for the user's yes."""
        return job.status not in DONE or (self.record.unnamed and job.status == "skipped" and bool(job.contexts))

    def _has_open(self) -> bool:
        """Return whether a job of any workflow has to run again, or a workflow may not have begun."""
        jobs = (job for each in self.record.workflows for job in each.jobs)
        return self.record.unnamed and (self.record.result == "canceled" or any(map(self._is_open, jobs)))

    def _named(self, plan: Plan, name: str) -> Sequence[JobInstance]:
        """Return the jobs of a plan that a name means; UsageError if no workflow of the run has such a job."""
        found = named(plan.instances, name)
        jobs = [job for each in self.record.workflows for job in each.jobs]
        if found or any(name in (job.name, job.session, job.source_job) for job in jobs):
            return found
        raise UsageError(Problem(f"the run has no job {name!r}", None, choices(name, [each.name for each in jobs])))

    def _check(self, workflow: WorkflowRecord, taken: Sequence[JobRecord], compiled: str) -> None:
        try:
            before = read_bytes(self.folder / workflow.config).decode()
        except (OSError, UnicodeDecodeError):
            before = ""
        changed = changed_jobs(before, compiled, workflow.name)
        names = sorted({each.name for each in taken} & changed) if changed is not None else ["the config"]
        if taken and names:
            listed = ", ".join(names)
            what = f"{listed} {'has' if len(names) == 1 else 'have'} changed since run {self.folder.name}"
            again = (
                ""
                if changed is None
                else f"Run {'it' if len(names) == 1 else 'them'} again too: rerun {' '.join(names)}. "
            )
            raise UsageError(Problem(f"{what}: its result does not fit", None, f"{again}Everything: rerun --all"))


def _nothing_failed(run: str) -> Problem:
    return Problem(f"nothing failed in run {run}", None, "rerun JOB runs a job again, rerun --all every job.")


def with_dependents(plan: Plan, names: Iterable[str]) -> set[str]:
    """Return the jobs, and those of the plan that require one of them, however far."""
    found = set(names)
    for each in plan.instances:  # parents come first
        if not found.isdisjoint(plan.needs(each)):
            found.add(each.name)
    return found


def taken_lines(earlier: EarlierRun, taken: Sequence[JobRecord], tree: WorkTree) -> tuple[str, ...]:
    """Return the line that says which results are taken from which run, and one more if that had other files."""
    names = ", ".join(each.name for each in taken)
    by, own = earlier.record.package, own_version()
    line = f"taken from run {earlier.folder.name}{f', of version {by} (this is {own})' if by != own else ''}: {names}"
    old = (earlier.record.commit, earlier.record.dirty)
    if old == (tree.revision, tree.dirty) == (tree.revision, 0):
        return (line,)
    at = f"{earlier.record.commit[:12] or 'no commit'}{', with uncommitted files' if earlier.record.dirty else ''}"
    return line, f"  (they ran on {at}; what runs now gets the files as they are)"
