"""The drawings of a run: the graph of each workflow, and the timeline of all."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from ..escapes import visible_name
from ..record.run_record import JobRecord, RunRecord, StepRecord, WorkflowRecord
from ..report.graph_text import needs_words
from ..report.style import duration
from .critical_path import critical_path
from .drawn_graph import GraphJob, drawn_graph
from .drawn_timeline import Period, drawn_timeline
from .job_sections import RunPicture
from .sections import GraphDrawing, Timeline

CriticalJobs = Sequence[tuple[int, str]]
"""The jobs of the critical paths, by the numbers of their workflows, in their order."""


def critical_jobs(workflows: Sequence[WorkflowRecord]) -> tuple[CriticalJobs, float]:
    """Return the jobs of the critical paths and their seconds; workflows run one after another."""
    found: list[tuple[int, str]] = []
    total = 0.0
    for index, workflow in enumerate(workflows):
        jobs = [job for job in workflow.jobs if not job.from_run]
        parents = {job.name: [need.name for need in job.needs] for job in jobs}
        names, seconds = critical_path(parents, {job.name: job.seconds or 0.0 for job in jobs})
        found += [(index, name) for name in names]
        total += seconds
    return found, total


def graphs(run: RunPicture, critical: CriticalJobs) -> Iterator[GraphDrawing]:
    """Yield the drawing of each workflow that has jobs; a critical path that is the whole graph is not marked."""
    for index, workflow in enumerate(run.workflows):
        chain = [visible_name(name) for number, name in critical if number == index]
        jobs = [_graph_job(run, index, job) for job in workflow.jobs]
        if jobs:
            yield drawn_graph(visible_name(workflow.name), jobs, chain if len(chain) < len(jobs) else ())


def _graph_job(run: RunPicture, index: int, job: JobRecord) -> GraphJob:
    note = duration(job.seconds) if job.seconds is not None and job.nodes else job.status.replace("_", " ")
    note = "earlier run" if job.from_run else note
    needs = [(visible_name(each.name), needs_words(each.statuses)) for each in job.needs]
    return GraphJob(visible_name(job.name), job.status, note, f"#{run.anchors[index, job.name]}", needs)


def timeline(run: RunPicture, record: RunRecord, critical: CriticalJobs, seconds: float) -> Timeline | None:
    """Return the timeline of all jobs that have started in this run; None if there are none."""
    rows = [
        _period(run, index, job, number, (index, job.name) in critical)
        for index, workflow in enumerate(run.workflows)
        for job in workflow.jobs
        if not job.from_run
        for number in range(len(job.nodes))
    ]
    if not rows:
        return None
    links = tuple(run.link(index, name) for index, name in critical)
    return drawn_timeline(rows, record.started, record.seconds or 0.0, links, seconds)


def _period(run: RunPicture, index: int, job: JobRecord, number: int, critical: bool) -> Period:
    node = job.nodes[number]
    anchor = run.anchors[index, node.label]
    steps = [_step_period(run, anchor, step) for step in node.steps]
    end = max([each.started + each.seconds for each in steps], default=node.started)
    if len(job.nodes) == 1 and job.finished is not None:
        end = max(end, job.finished)
    status = job.status if len(job.nodes) == 1 else _node_status([step.fails_job for step in node.steps], job.status)
    return Period(run.named(index, node.label), f"#{anchor}", status, node.started, end - node.started, steps, critical)


def _step_period(run: RunPicture, anchor: str, step: StepRecord) -> Period:
    link = run.step_link(anchor, step.number, step.name)
    return Period(link.text, link.href, step.status, step.started, step.seconds or 0.0)


def _node_status(failed: Sequence[bool], job: str) -> str:
    return "failed" if any(failed) else "success" if job in ("failed", "timedout") else job
