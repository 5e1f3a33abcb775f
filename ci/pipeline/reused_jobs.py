"""What is taken from kept runs, job by job, of what the options and settings say; and what is kept for later runs."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping

from ..errors import Problem, UsageError
from ..options.table import Options
from ..project.project import Project
from ..record.run_record import RunRecord, WorkflowRecord
from ..reuse.job_reuse import JobReuse
from ..reuse.kept_inputs import RunInputs, write_inputs
from ..reuse.kept_jobs import left_by
from ..reuse.terms import Mode, Terms
from ..reuse.user_key import hiding
from ..run.folder import RunFolder
from ..run.reuse_hook import NoReuse, Reuse
from ..run.run_context import RunContext
from ..runtime.masking.stream import Masker
from ..system.version import own_version
from .recorded_options import recorded_parameters

PURPOSE = "what the jobs of a run have seen"
"""What the user's key seals."""
MODES: Mapping[str, Mode] = {"on": "on", "explain": "explain"}


def reuse_of(project: Project, options: Options, context: RunContext) -> Reuse:
    """Return what takes jobs of a plan from kept runs, as far as the options want it.

    Raise UsageError if they do, and there is no place for the user's key.
    """
    root = str(project.root)
    hide, seal = hiding(root, "a value that a job sees"), hiding(root, PURPOSE)
    if hide is None or seal is None:
        if options.reuse == "off":
            return NoReuse()
        hint = "Set HOME or XDG_CACHE_HOME to a folder of yours, outside of the project."
        raise UsageError(Problem("--reuse: there is no place for the key by which you know your own runs", None, hint))
    terms = Terms(
        mode=MODES.get(options.reuse, "off"),
        workflow=context.plan.workflow.name,
        project=root,
        state=project.state,
        work_tree=context.work_tree,
        hide=hide,
        seal=seal,
        mask=Masker(context.secret_values(os.environ)).text,
        package=own_version(),
        parameters={name: repr(value) for name, value in recorded_parameters(options, str).items()},
        passed=context.passed.variables,
        listed=project.settings.no_reuse,
        allowed=options.reuse_allow,
        cut=frozenset(context.left_out),
    )
    return JobReuse(terms)


def keep_inputs(folder: RunFolder, record: RunRecord, reuses: Iterable[tuple[WorkflowRecord, Reuse]]) -> None:
    """Keep what the jobs of a run that has ended have seen and left, for later runs. Raise OSError."""
    found = {}
    for workflow, reuse in reuses:
        passed = [job for job in workflow.jobs if job.status == "success"]
        left = {job.name: left_by(job, folder.run) for job in passed}
        found[workflow.name] = left | (reuse.inputs(workflow, folder.run) if isinstance(reuse, JobReuse) else {})
    if seal := hiding(record.project, PURPOSE):
        write_inputs(folder.run, RunInputs(record.id, record.project, found), seal)
