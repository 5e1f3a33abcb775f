"""The last run in which the parents of a job have passed: ``-j JOB --reuse-parents`` takes them from it."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from ..dataclass import replace
from ..errors import Problem, UsageError
from ..options.table import Options
from ..project.project import Project
from ..record.run_record import RunRecord
from ..reuse.kept_inputs import read_inputs
from ..reuse.kept_jobs import Damaged, check
from ..reuse.user_key import hiding
from ..run.folder import runs
from ..run.kept_runs import read_run
from ..system.private_files import read_bytes
from ..workflow.plan import Plan
from .changed_jobs import changed_jobs
from .earlier_run import EarlierRun
from .reused_jobs import PURPOSE
from .run_mode import RunMode

AGAIN = "Run them too: leave out --reuse-parents."


def refuse_useless(options: Options, mode: RunMode) -> None:
    """Raise UsageError if there are no parents that ``--reuse-parents`` could mean."""
    if mode.earlier is not None:
        raise UsageError(
            Problem("--reuse-parents: rerun takes all that it does not run from one run", None, "Leave it out.")
        )
    if not options.parents:
        raise UsageError(Problem("--reuse-parents and --no-parents exclude each other", None, "Leave one out."))
    if not options.jobs:
        raise UsageError(Problem("--reuse-parents needs the job that is to run", None, "Name it: -j JOB."))


def parents_run(project: Project, plan: Plan, compiled: str) -> EarlierRun | None:
    """Return the newest kept run that has passed all parents of what was asked for; None if there are no parents.

    ``compiled`` is the config now, masked. Raise UsageError if there is no such run, or if one of them was another job.
    """
    parents = [each.name for each in plan.instances if each.name not in plan.asked]
    if not parents:
        return None
    for path in runs(project.state):
        record = read_run(path).record
        if record is not None and _has_passed(record, path, plan.workflow.name, parents, project):
            _refuse_changed(record, path, plan.workflow.name, parents, compiled)
            own = tuple(each for each in record.workflows if each.name == plan.workflow.name)
            return EarlierRun(path, replace(record, workflows=own), tuple(plan.asked), is_own=True)
    listed = ", ".join(parents)
    raise UsageError(Problem(f"--reuse-parents: no kept run of yours has passed {listed}", None, AGAIN))


def _has_passed(record: RunRecord, run: Path, workflow: str, parents: Sequence[str], project: Project) -> bool:
    """Return whether a run of this user's has passed the jobs, and has what they left, as they left it."""
    seal = hiding(str(project.root), PURPOSE)
    inputs = read_inputs(run, str(project.root), seal) if seal else None
    found = inputs.workflows.get(workflow, {}) if inputs else {}
    jobs = {job.name: job for each in record.workflows if each.name == workflow for job in each.jobs}
    if not all(name in found and name in jobs for name in parents):
        return False
    try:
        for name in parents:
            check(found[name], jobs[name], run)
    except (Damaged, OSError):
        return False
    return True


def _refuse_changed(record: RunRecord, run: Path, workflow: str, parents: Sequence[str], compiled: str) -> None:
    place = next(each.config for each in record.workflows if each.name == workflow)
    try:
        before = read_bytes(run / place).decode()
    except (OSError, UnicodeDecodeError):
        before = ""
    changed = changed_jobs(before, compiled, workflow)
    names = [name for name in parents if changed is None or name in changed]
    if names:
        what = f"{', '.join(names)} {'has' if len(names) == 1 else 'have'} changed since run {run.name}"
        raise UsageError(Problem(f"--reuse-parents: {what}, the last that has passed all parents", None, AGAIN))
