"""A detached run that is come back to: the same config, options and folder, from where its jobs stand."""

from __future__ import annotations

import os
import time
from pathlib import Path

from ..dataclass import dataclass, replace
from ..errors import CiError, Problem, UsageError
from ..events import Fidelity
from ..options.table import Options
from ..project.project import Project
from ..record.detached_run import DetachedRun
from ..record.run_record import JobRecord, RunRecord, WorkflowRecord
from ..reuse.take_over import refuse_unreadable
from ..run.folder import RunFolder
from ..run.run_context import RunContext
from ..runtime.masking.stream import Masker
from ..runtime.storage.workspace import load_layer
from ..runtime.task import Outcome
from ..system.private_files import read_bytes
from ..workflow.job_instances import Workflow
from ..workflow.plan import Plan, make_plan
from .changed_jobs import changed_jobs
from .chosen_workflow import find_workflow, selection
from .compile_project import compile_text
from .earlier_run import EarlierRun
from .invocation import open_invocation
from .load_project import load_project
from .loaded_config import LoadedConfig, loaded
from .prepare import prepare
from .reported_run import run_reported
from .run_mode import RunMode
from .single_job import workflows_with

ENDED = ("success", "failed", "timedout", "skipped", "canceled")
"""How jobs ended that do not run again; what waits for approval is asked for again, with what is behind it."""
CHANGED = "the config has changed since the run began: it goes on with the config of then"


@dataclass(frozen=True, slots=True)
class LeftRun:
    """A run of which some jobs go on."""

    folder: Path
    record: RunRecord
    detached: DetachedRun

    @property
    def workflow(self) -> WorkflowRecord:
        return self.record.workflows[0]


def resume_run(project: Project, options: Options, left: LeftRun) -> int:
    """Come back to a run, and have it go on to its end; return the exit status.

    Raises CiError for what the user must change first: nothing has changed then.
    """
    mode = RunMode(earlier=EarlierRun(left.folder, left.record, is_own=True))
    config, context = _as_then(project, options, left, mode)
    taken = [each for each in left.workflow.jobs if each.status in ENDED]
    refuse_unreadable(left.folder, taken)
    with open_invocation(project, context, options, left.record) as invocation:
        outcomes = {each.name: _outcome(invocation.folder, each) for each in taken}
        context = replace(context, taken=outcomes, before=left.detached)
        return run_reported(invocation, config, context, options, mode)


def _as_then(project: Project, options: Options, left: LeftRun, mode: RunMode) -> tuple[LoadedConfig, RunContext]:
    """Return the config of the run, as it was compiled then, and what the run needs."""
    before = _recorded_config(left)
    try:
        config, workflow = _config_now(project, options, left.workflow.name)
        context = _prepared(project, make_plan(workflow, selection(options)), options, left, mode)
        now = Masker(context.secret_values(os.environ)).text(config.text)
        if changed_jobs(before, now, left.workflow.name) == frozenset():
            return config, context
    except CiError:
        if "****" in before:  # a secret in it is not known any more
            raise
    plain = replace(options, params=(), pipeline_parameters="", compiler="current", strict=False)
    compiled = compile_text(project, plain, before, str(left.folder / left.workflow.config))
    config = loaded(compiled, project.settings.python_from)
    plan = make_plan(find_workflow(config.workflows(), left.workflow.name), selection(options))
    context = _prepared(project, plan, options, left, mode)
    return config, replace(context, notices=(*context.notices, CHANGED))


def _config_now(project: Project, options: Options, name: str) -> tuple[LoadedConfig, Workflow]:
    if not options.job_params:
        config = load_project(project, options)
        found = [each for each in config.workflows() if each.name == name]
        if found:
            return config, found[0]
    config, workflows = workflows_with(options.jobs[0], options, lambda call: load_project(project, options, call))
    return config, find_workflow(workflows, name)


def _recorded_config(left: LeftRun) -> str:
    try:
        return read_bytes(left.folder / left.workflow.config).decode()
    except (OSError, UnicodeDecodeError) as error:
        raise UsageError(Problem(f"the config of run {left.record.id} cannot be read: {error}")) from None


def _prepared(project: Project, plan: Plan, options: Options, left: LeftRun, mode: RunMode) -> RunContext:
    context = prepare(project, plan, options, mode)
    return replace(
        context,
        pipeline=replace(context.pipeline, workflow_id=left.workflow.workflow_id),
        left_out={each.job: frozenset(each.steps) for each in left.detached.left_out},
        earlier_seconds=max(0.0, time.time() - left.record.started),
    )


def _outcome(folder: RunFolder, job: JobRecord) -> Outcome:
    """Return how a job has ended before the run was left."""
    assert job.status != "waiting"
    assert job.status != "running"
    layers = tuple(load_layer(job.name, folder.run / path) for path in job.layers)
    fidelity = job.fidelity or Fidelity("skipped")
    return Outcome(job.status, fidelity, job.reason, layers, job.tests, job.artifacts)
