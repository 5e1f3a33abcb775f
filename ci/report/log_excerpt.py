"""Which part of a run's logs shows what somebody asks for: a failed step, a step by its number, a job's whole log."""

from __future__ import annotations

from collections.abc import Sequence

from ..dataclass import dataclass
from ..errors import Problem, UsageError
from ..record.run_record import JobRecord, NodeRecord, RunRecord, StepRecord, WorkflowRecord
from ..run.kept_runs import job_names
from ..source.suggest import choices
from .style import one_line, quoted

Found = tuple[WorkflowRecord, JobRecord]


@dataclass(frozen=True, slots=True)
class Excerpt:
    """Lines of a log, from the first to before ``end``; 0 is the log's end."""

    log: str
    """Its place in the run's folder."""
    title: str
    first: int = 1
    end: int = 0
    job: str = ""
    """The job, or its node, as ``log`` takes it."""
    step: int = 0
    """The step that it shows; 0 if it shows the whole log."""
    failed: bool = True
    """Whether that is of a job that failed, not of one that has not ended."""

    @property
    def words(self) -> list[str]:
        """The words behind ``log [RUN]`` that show it."""
        return [self.job, *(["--step", str(self.step)] if self.step else [])]


def failed_steps(record: RunRecord) -> list[Excerpt]:
    """Return the steps that failed a job, in the order of the plan, and the logs of jobs that have not ended.

    Those are what a run that was killed has to show, and one that goes on.
    """
    jobs = [(workflow, job) for workflow in record.workflows for job in workflow.jobs]
    return [excerpt for found in jobs for excerpt in _failed_of(record, found)]


def _failed_of(record: RunRecord, found: Found) -> list[Excerpt]:
    nodes = [(node, step) for node in found[1].nodes for step in node.steps]
    failed = [(node, step) for node, step in nodes if step.fails_job]
    if not failed and found[1].status in ("failed", "timedout", "running"):
        shown = found[1].nodes if found[1].status == "running" else found[1].nodes[-1:]
        return [whole(record, found, node) for node in shown]
    return [of_step(record, found, node, step) for node, step in failed]


def find_jobs(record: RunRecord, name: str) -> tuple[Sequence[Found], str]:
    """Return the jobs of that name, and the label of the one node that it names, if it names one.

    A name is a job's own or its session's, with or without its workflow's before it and a node's number behind it.
    Raise UsageError, with the nearest name, if there is no such job.
    """
    jobs = [(workflow, job) for workflow in record.workflows for job in workflow.jobs]
    for matches in (
        [each for each in jobs if name in (each[1].name, f"{each[0].name}/{each[1].name}")],
        [each for each in jobs if name in (each[1].session, each[1].source_job)],
    ):
        if matches:
            return matches, ""
    labels = [(each, node.label) for each in jobs for node in each[1].nodes]
    nodes = [(each, label) for each, label in labels if name in (label, f"{each[0].name}/{label}")]
    if nodes:
        return [nodes[0][0]], nodes[0][1]
    raise UsageError(Problem(f"run {record.id} has no job {name!r}", None, choices(name, job_names(record, jobs))))


def of_job(record: RunRecord, name: str, number: int = 0) -> list[Excerpt]:
    """Return the logs of a job's nodes, or their steps of that number. Raise UsageError if there is nothing of it."""
    jobs, label = find_jobs(record, name)
    nodes = [(each, node) for each in jobs for node in each[1].nodes if label in ("", node.label)]
    if not nodes:
        reasons = [each[1].reason or each[1].status.replace("_", " ") for each in jobs]
        raise UsageError(Problem(f"job {name!r} of run {record.id} has no log: {reasons[0]}"))
    if not number:
        return [whole(record, each, node) for each, node in nodes]
    steps = [(each, node, step) for each, node in nodes for step in node.steps if step.number == number]
    if not steps:
        last = max((step.number for _, node in nodes for step in node.steps), default=0)
        hint = f"Its steps that ran have the numbers up to {last}." if last else "None of its steps has run."
        raise UsageError(Problem(f"job {name!r} of run {record.id} has run no step {number}", None, hint))
    return [of_step(record, *each) for each in steps]


def whole(record: RunRecord, found: Found, node: NodeRecord) -> Excerpt:
    """Return a node's whole log."""
    label = _label(record, found, node)
    return Excerpt(node.log, f"run {record.id}, {label}", job=label, failed=found[1].status != "running")


def of_step(record: RunRecord, found: Found, node: NodeRecord, step: StepRecord) -> Excerpt:
    """Return a step's lines: to the beginning of the next step."""
    of = f" of {found[1].step_count}" if found[1].step_count else ""
    label = _label(record, found, node)
    title = f"run {record.id}, {label}: step {step.number}{of} {quoted(one_line(step.name))}"
    end = min((each.line for each in node.steps if each.line > step.line), default=0)
    return Excerpt(node.log, title, step.line, end, label, step.number)


def _label(record: RunRecord, found: Found, node: NodeRecord) -> str:
    return f"{found[0].name}/{node.label}" if len(record.workflows) > 1 else node.label
