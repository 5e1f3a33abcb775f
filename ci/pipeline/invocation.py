"""One start of the program: one run, with one folder and one record, however many workflows run in it."""

from __future__ import annotations

import contextlib
import os
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path

from ..dataclass import replace
from ..errors import CiError
from ..options.table import Options
from ..project.project import Project
from ..record.json_writer import RecordWriter
from ..record.planned import planned_workflow
from ..record.run_record import JobRecord, RunRecord, RunResult, WorkflowRecord
from ..report.logs import Logs
from ..report.recorder import Recorder
from ..run.folder import RunFolder, has_detached, open_run, prune, reopen_run
from ..run.reuse_hook import NoReuse, Reuse
from ..run.run_context import RunContext
from ..runtime.masking.stream import Masker
from ..system.private_files import rewrite_text
from ..system.version import own_version
from .closing_reports import complain, draw_reports
from .paced_writes import PacedWrites
from .recorded_options import Mask, recorded_options, recorded_parameters, typed_arguments

WORST: tuple[RunResult, ...] = ("failed", "canceled", "on_hold", "success")
"""Results of workflows: the first of these that one has is the run's."""


class Invocation:
    """The folder and the record of a run while it goes on."""

    def __init__(
        self,
        folder: RunFolder,
        record: RunRecord,
        before: Sequence[WorkflowRecord] = (),
        earlier_seconds: float = 0.0,
    ) -> None:
        """``before`` are the workflows of a run that was left and goes on, which began so many seconds ago."""
        self.folder = folder
        self._before = before
        self.record = record
        self.is_left = False
        """Whether some jobs of the run go on without this program."""
        self._writer = RecordWriter()
        self._began = time.monotonic() - earlier_seconds
        self._complained = False
        self._maskers: list[Masker] = []
        self._reuses: list[Reuse] = []
        """Of each workflow."""
        self._writes = PacedWrites(self._write)

    def next_folder(self, context: RunContext) -> RunFolder:
        """Return the folder of the next workflow."""
        return self.folder.of_workflow(len(self.record.workflows) + 1, context.plan.workflow.name)

    def begin(
        self, context: RunContext, masker: Masker, folder: RunFolder, taken: Mapping[str, JobRecord]
    ) -> Callable[[Logs], Recorder]:
        """Begin the next workflow, in that folder; return what makes the reporter that keeps the record of it.

        ``taken`` are the records of jobs that an earlier run has run, by name.
        """
        self._maskers.append(masker)
        self._reuses.append(context.reuse)
        number = len(self.record.workflows) + 1
        left = self._before[number - 1 : number]
        planned = left[0] if left else _planned(context, masker, folder, taken)
        self.record = replace(self.record, workflows=(*self.record.workflows, planned))

        def publish(workflow: WorkflowRecord) -> None:
            workflow = context.reuse.with_taken(workflow)
            before, after = self.record.workflows[: number - 1], self.record.workflows[number:]
            self.record = replace(self.record, workflows=(*before, workflow, *after))
            if workflow.finished is None:  # else the run's own end follows, or the next workflow
                self._writes.ask()

        return lambda logs: Recorder(planned, RecordedPlaces(folder, logs), publish)

    def leave(self) -> None:
        """Write the record of a run that does not end yet."""
        self._writes.now()

    def mask(self, text: str) -> str:
        """Return a text without the secrets of any workflow."""
        for masker in self._maskers:
            text = masker.text(text)
        return text

    def end(self, result: RunResult) -> None:
        """Complete the record, how the run as a whole ended, and draw the reports that are made of it."""
        seconds = time.monotonic() - self._began
        self.record = replace(self.record, result=result, finished=time.time(), seconds=seconds)
        self._writes.now()
        self._keep_inputs()
        draw_reports(self.folder, self.record, self.mask)

    def _keep_inputs(self) -> None:
        """Keep what the jobs have seen and left for later runs; that it cannot be is one line, as for the record.

        Of a run in which nothing was noted only parents are of use.
        """
        has_parents = any(job.needs for each in self.record.workflows for job in each.jobs)
        is_noted = not all(isinstance(each, NoReuse) for each in self._reuses)
        if self._complained or not (has_parents or is_noted):
            return
        from .reused_jobs import keep_inputs

        try:
            keep_inputs(self.folder, self.record, zip(self.record.workflows, self._reuses, strict=False))
        except OSError as error:
            complain(f"what the jobs have seen was not kept: {error.strerror}")

    def _write(self) -> None:
        """Write the record; what keeps it from the disk is one line on standard error, and the run goes on."""
        record = self.record
        if record.finished is not None or self.is_left or _has_ended_step(record):
            record = replace(record, seal=_seal(record))
        try:
            rewrite_text(self.folder.record, self._writer.text(record))
        except OSError as error:
            if not self._complained:
                self._complained = True
                complain(f"{self.folder.record} was not written: {error.strerror}")


def _planned(context: RunContext, masker: Masker, folder: RunFolder, taken: Mapping[str, JobRecord]) -> WorkflowRecord:
    """Return the record of a workflow before its first job."""
    planned = planned_workflow(context.plan, context.engine.name, masker.text(context.engine_reason))
    return replace(
        planned,
        jobs=tuple(taken.get(each.name, each) for each in planned.jobs),
        folder=folder.relative(folder.path),
        config=folder.relative(folder.compiled),
        pipeline_number=context.pipeline.number,
        pipeline_id=context.pipeline.id,
        workflow_id=context.pipeline.workflow_id,
    )


def _has_ended_step(record: RunRecord) -> bool:
    """Return whether a step of the run has ended: its record is sealed from then on, for a run that is killed."""
    nodes = (node for workflow in record.workflows for job in workflow.jobs for node in job.nodes)
    return any(step.seconds is not None for node in nodes for step in node.steps)


def _seal(record: RunRecord) -> str:
    from .record_seal import seal  # hashes are not loaded before the first step has ended

    return seal(record)


class RecordedPlaces:
    """Where the files of a workflow's jobs are, relative to the run's folder."""

    def __init__(self, folder: RunFolder, logs: Logs) -> None:
        self._folder = folder
        self._logs = logs

    def log(self, label: str) -> str:
        return self._folder.relative(self._folder.log(label))

    def line(self, label: str, step: int) -> int:
        return self._logs.line(label, step)

    def artifacts(self, job: str) -> str:
        return self._folder.relative(self._folder.artifacts(job))

    def test_results(self, job: str) -> str:
        return self._folder.relative(self._folder.test_results(job))

    def archive(self, path: Path) -> str:
        return self._folder.relative(path)


@contextlib.contextmanager
def open_invocation(
    project: Project, context: RunContext, options: Options, left: RunRecord | None = None
) -> Iterator[Invocation]:
    """Open the run that begins with that context, or the one that was ``left``; what ends it early ends its record too.

    An error before any job has begun, as with an engine that is not there, leaves no run. Raise UsageError if somebody
    else has come back to one that was left.
    """
    engines = [each.name for each in (context.engine, context.fallback) if each]
    # on other engines there is nothing to see in it
    keep = options.keep and "host" in (*engines, context.settings.machine)
    with contextlib.ExitStack() as stack:
        opened = open_run(project.state, keep=keep) if left is None else reopen_run(project.state, left.id)
        folder = stack.enter_context(opened)
        if left is None:
            stack.push(lambda kind, *_: _discard(project.state, folder.run, kind))
        stack.callback(prune, project.state)
        mask = Masker(context.secret_values(os.environ)).text
        stack.enter_context(context.pauses.serve(folder.path))
        record = replace(left, workflows=()) if left else begun(folder, project, context, options, mask)
        before = left.workflows if left else ()
        invocation = Invocation(folder, record, before, context.earlier_seconds)
        try:
            yield invocation
        except BaseException as error:
            if left is None or not has_detached(folder.run):  # else nobody has come back to it
                invocation.end("canceled" if isinstance(error, KeyboardInterrupt | BrokenPipeError) else "failed")
            raise
        if invocation.is_left:
            invocation.leave()
        elif invocation.record.finished is None:
            invocation.end(overall_result(invocation.record))


def _discard(state: Path, run: Path, kind: type[BaseException] | None) -> None:
    if kind is not None and issubclass(kind, CiError):
        from ..run.empty_run import discard_if_empty

        discard_if_empty(state, run)


def overall_result(record: RunRecord) -> RunResult:
    """Return the worst result of a run's workflows; a run without any has failed."""
    found = [each.result for each in record.workflows]
    return next((each for each in WORST if each in found), "failed")


def begun(folder: RunFolder, project: Project, context: RunContext, options: Options, mask: Mask) -> RunRecord:
    """Return the record of a run that begins."""
    tree = context.work_tree
    return RunRecord(
        id=folder.id,
        package=own_version(),
        started=time.time(),
        project=str(project.root),
        config=project.config_name,
        branch=tree.branch,
        tag=tree.tag,
        commit=tree.revision,
        dirty=tree.dirty,
        command=tuple(map(mask, typed_arguments(options))),
        options=recorded_options(options, mask),
        parameters=recorded_parameters(options, mask),
        unnamed=options.unnamed,
    )
