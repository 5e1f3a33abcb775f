"""A job of a run that has ended, in the place that --keep has kept of it, with what its steps had found there."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from ..dataclass import dataclass, replace
from ..errors import Problem, UsageError
from ..options.table import Options
from ..project.project import Project
from ..record.run_record import JobRecord, NodeRecord, RunRecord, WorkflowRecord
from ..run.folder import kept_node
from ..run.instance import task_of
from ..run.kept_runs import KeptRun
from ..run.run_context import RunContext
from ..runtime.job import RunningJob
from ..runtime.masking.stream import Masker
from ..runtime.task import Folders, Task
from ..system.command_names import typed_command
from ..system.private_files import read_bytes
from ..system.temporary import temporary_folder
from ..workflow.plan import Plan, make_plan
from .changed_jobs import changed_jobs
from .chosen_workflow import selection
from .earlier_run import EarlierRun
from .load_project import load_project
from .loaded_config import LoadedConfig
from .prepare import prepare
from .run_mode import RunMode

Say = Callable[[Sequence[str]], None]


@dataclass(frozen=True, slots=True)
class KeptNode:
    """A node that has run with --keep, by the record of its run."""

    run: KeptRun
    record: RunRecord
    workflow: WorkflowRecord
    job: JobRecord
    node: NodeRecord

    @property
    def index(self) -> int:
        """Its number among those of the job."""
        return int(self.node.label.removeprefix(self.job.name).removeprefix("/") or 0)

    @property
    def last_step(self) -> int:
        """The step that failed, else the last one that ran."""
        failed = [each.number for each in self.node.steps if each.status in ("failed", "timedout")]
        return (failed or [each.number for each in self.node.steps] or [1])[-1]


def find_kept(runs: Iterator[KeptRun], job: str) -> KeptNode | None:
    """Return the node that a job's name, or its own, means in the first of the runs that has kept one."""
    for run in runs:
        record = run.record
        if record is None or run.alive or not record.options.get("keep"):
            continue
        for workflow in record.workflows:
            for each in workflow.jobs:
                nodes = [node for node in each.nodes if job in (each.name, each.source_job, node.label)]
                if nodes and not each.from_run:
                    return KeptNode(run, record, workflow, each, nodes[0])
    return None


@contextmanager
def kept_job(project: Project, kept: KeptNode, options: Options, say: Say) -> Iterator[RunningJob]:
    """Have a job that was kept, with the options of its run, to which no more steps come.

    Raise UsageError if the config has it no more, EngineError if nothing of it is there.
    """
    config = load_project(project, options)
    plan = _plan(config, kept, options)
    earlier = EarlierRun(kept.run.path, kept.record, is_own=True)
    context = prepare(project, plan, replace(options, engine=kept.node.engine, keep=False), RunMode(earlier=earlier))
    if kept.job.name in _changed(kept, config, context):
        say([f"{kept.job.name} has changed in the config since: the shell has the variables that it would have now"])
    with temporary_folder() as folder:
        task = _task(context, kept, Path(folder))
        place = kept_node(kept.run.path, 1 + kept.record.workflows.index(kept.workflow), kept.job.name, kept.index)
        with context.engine.reopen(task, place or Path(folder)) as box:
            job = RunningJob(task, box, lambda event: None, threading.Event())
            job.prepare_again()
            yield job


def _plan(config: LoadedConfig, kept: KeptNode, options: Options) -> Plan:
    workflow = next((each for each in config.workflows() if each.name == kept.workflow.name), None)
    plan = None if workflow is None or config.setup else make_plan(workflow, selection(options))
    if plan is None or kept.job.name not in plan.places:
        what = f"the config has no job {kept.job.name!r} as run {kept.run.id} ran it"
        raise UsageError(
            Problem(what, None, f"Its folder or container is as it was; `{typed_command('clean')}` removes it.")
        )
    return plan


def _task(context: RunContext, kept: KeptNode, folder: Path) -> Task:
    """Return the task that the job was, in as far as its steps could see it."""
    instance = context.plan.instances[context.plan.places[kept.job.name]]
    assert instance.job is not None
    tree = replace(context.work_tree, revision=kept.record.commit, branch=kept.record.branch, tag=kept.record.tag)
    context = replace(
        context, work_tree=tree, pipeline=replace(context.pipeline, workflow_id=kept.workflow.workflow_id)
    )
    own = folder / "job"
    folders = Folders(own, own, own, own, own, context.settings.state / "cache")
    own.mkdir(mode=0o700)
    return task_of(context, kept.run.id, folders, instance, instance.job, (), kept.index)


def _changed(kept: KeptNode, config: LoadedConfig, context: RunContext) -> frozenset[str]:
    """Return the jobs that are defined otherwise than in the run; empty if that cannot be known."""
    try:
        before = read_bytes(kept.run.path / kept.workflow.config).decode()
    except (OSError, UnicodeDecodeError):
        return frozenset()
    now = Masker(context.secret_values(os.environ)).text(config.text)
    return changed_jobs(before, now, kept.workflow.name) or frozenset()
