"""The jobs of a run as sections of its page, with the output of their steps."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence

from ..dataclass import dataclass
from ..escapes import visible, visible_name
from ..record.run_record import JobRecord, NodeRecord, StepRecord, WorkflowRecord
from ..report.evidence import evidence_of
from ..report.graph_text import needs_words
from ..report.step_status import in_words
from ..report.style import duration, one_line, plural, tests_line
from .anchors import job_anchors, line_anchor, step_anchor
from .ansi import Pen, spans
from .artifact_files import file_href
from .log_shares import StepLength, shares
from .sections import HiddenLines, JobSection, Link, NodeSection, ShownLine, StepSection
from .step_excerpt import Gap, StepExcerpt, with_gaps
from .step_outputs import RunOutput

OutputKey = tuple[int, str, int]
"""The number of a workflow, the label of a node in it, the number of a step."""


@dataclass(frozen=True, slots=True)
class RunPicture:
    """What the sections of a page are made from."""

    workflows: Sequence[WorkflowRecord]
    outputs: Sequence[RunOutput]
    """One for each workflow."""
    anchors: Mapping[tuple[int, str], str]
    """By the number of a workflow, and the name of a job or the label of a node in it."""
    lines: Mapping[OutputKey, int]
    """How many lines of each step are shown."""

    def link(self, workflow: int, name: str) -> Link:
        """Return the link to a job's or node's section."""
        return Link(self.named(workflow, name), f"#{self.anchors[workflow, name]}")

    def named(self, workflow: int, name: str) -> str:
        """Return the name of a job or node, with its workflow's if there are several."""
        several = len(self.workflows) > 1
        return visible_name(f"{self.workflows[workflow].name}/{name}" if several else name)

    def step_link(self, node_anchor: str, number: int, name: str) -> Link:
        """Return the link to a step of the job or node with that anchor."""
        return Link(f"{number}. {visible_name(one_line(name))}", f"#{step_anchor(node_anchor, number)}")

    def log_link(self, workflow: int, label: str, number: int) -> Link | None:
        """Return the link to the log of a node, named with the line at which a step begins in it."""
        for job in self.workflows[workflow].jobs:
            for node in job.nodes:
                for step in node.steps:
                    if (node.label, step.number) == (label, number):
                        return _log_link(node, step)
        return None

    def excerpt(self, key: OutputKey) -> StepExcerpt:
        """Return what a step printed."""
        return self.outputs[key[0]].steps.get((key[1], key[2])) or StepExcerpt()


def picture(workflows: Sequence[WorkflowRecord], outputs: Sequence[RunOutput]) -> RunPicture:
    """Name the places of a page and share its lines among the steps."""
    names = [(index, label) for index, each in enumerate(workflows) for label in _labels(each)]
    spelled = [label if len(workflows) == 1 else f"{workflows[index].name} {label}" for index, label in names]
    steps = [
        ((index, node.label, step.number), step.fails_job)
        for index, each in enumerate(workflows)
        for job in each.jobs
        for node in job.nodes
        for step in node.steps
    ]
    known = [outputs[key[0]].steps.get((key[1], key[2])) for key, _ in steps]
    lengths = [StepLength(each.total if each else 0, failed) for each, (_, failed) in zip(known, steps, strict=True)]
    shown = dict(zip([key for key, _ in steps], shares(lengths), strict=True))
    return RunPicture(workflows, outputs, dict(zip(names, job_anchors(spelled), strict=True)), shown)


def _labels(workflow: WorkflowRecord) -> list[str]:
    return list(dict.fromkeys(each for job in workflow.jobs for each in (job.name, *(n.label for n in job.nodes))))


def job_sections(run: RunPicture, critical: Collection[tuple[int, str]]) -> Iterator[JobSection]:
    """Yield each job of the run in the order of the plan."""
    for index, workflow in enumerate(run.workflows):
        for job in workflow.jobs:
            yield JobSection(
                run.anchors[index, job.name],
                run.named(index, job.name),
                job.status,
                visible_name(job.reason),
                duration(job.seconds) if job.seconds is not None and job.nodes else "",
                tuple(_facts(workflow, job)),
                tuple(_need(run, index, workflow, job)),
                tuple(_node(run, index, job, node) for node in job.nodes),
                (index, job.name) in critical,
            )


def _facts(workflow: WorkflowRecord, job: JobRecord) -> Iterator[str]:
    node = job.nodes[0] if job.nodes else None
    if job.kind != "build":
        yield job.kind
    elif job.executors or node:
        yield f"on {visible_name(node.executor if node else job.executors[0])}"
    if node and node.engine and node.engine != workflow.engine:
        yield f"engine {node.engine}"
    if job.parallelism > 1:
        yield f"{job.parallelism} nodes"
    if job.tests:
        yield tests_line(job.tests)
    if job.artifacts:
        yield plural(job.artifacts, "artifact")
    if job.fidelity and job.fidelity.level != "skipped":
        yield job.fidelity.level
    if job.from_run:
        yield f"from run {visible_name(job.from_run)}"


def _need(run: RunPicture, index: int, workflow: WorkflowRecord, job: JobRecord) -> Iterator[Link]:
    for need in job.needs:
        if (index, need.name) in run.anchors:
            words = needs_words(need.statuses)
            name = visible_name(need.name)
            yield Link(f"{name} ({words})" if words else name, f"#{run.anchors[index, need.name]}")


def _node(run: RunPicture, index: int, job: JobRecord, node: NodeRecord) -> NodeSection:
    anchor = run.anchors[index, node.label]
    title = run.named(index, node.label) if node.label != job.name else ""
    notes = tuple(map(visible, run.outputs[index].notes.get(node.label, ())))
    log = Link(visible_name(node.log), file_href(node.log))
    steps = tuple(_step(run, index, anchor, node, each) for each in node.steps)
    return NodeSection(anchor, title, visible_name(node.executor), log, notes, steps)


def _log_link(node: NodeRecord, step: StepRecord) -> Link:
    return Link(visible_name(f"{node.log}:{step.line}"), file_href(node.log))


def _step(run: RunPicture, index: int, node_anchor: str, node: NodeRecord, step: StepRecord) -> StepSection:
    key = (index, node.label, step.number)
    anchor, excerpt = step_anchor(node_anchor, step.number), run.excerpt(key)
    return StepSection(
        anchor,
        step.number,
        visible_name(one_line(step.name)),
        visible(step.name.strip()) if len(step.name.strip().splitlines()) > 1 else "",
        step.status,
        step.fails_job,
        ended(step, node.engine == "host", plain_lines(excerpt)),
        duration(step.seconds) if step.seconds is not None else "",
        visible_name(str(step.position)),
        tuple(shown_lines(anchor, excerpt, run.lines.get(key, 0), step.fails_job)),
        excerpt.total,
        _log_link(node, step),
    )


def plain_lines(excerpt: StepExcerpt) -> tuple[str, ...]:
    """Return the last lines of an output that have words in them, without colours."""
    return evidence_of("\n".join(each.text for each in excerpt.end()), excerpt.total).lines


def ended(step: StepRecord, on_host: bool, lines: Sequence[str]) -> str:
    """Return how a step ended, for a reader who knows its status: ``exit status 127: command not found: make``."""
    status = step.exit_status
    if not status or step.status == "timedout":
        return visible(step.message)
    words = in_words(status, lines, on_host)
    message = step.message.removeprefix(f"exit status {status}").lstrip("; ")
    meaning, detail = f": {words}" if words else "", f"; {message}" if message else ""
    return visible(f"exit status {status}{meaning}{detail}")


def shown_lines(anchor: str, excerpt: StepExcerpt, most: int, failed: bool) -> Iterator[ShownLine | HiddenLines]:
    """Yield the lines of an output that the page shows, with their colours, and what is missing between them."""
    pen = Pen()
    for each in with_gaps(excerpt.lines(most, failed), excerpt.total):
        if isinstance(each, Gap):
            pen = Pen()
            yield HiddenLines(each.lines)
        else:
            pieces, pen = spans(each.text, pen)
            yield ShownLine(line_anchor(anchor, each.number), each.number, pieces, each.cut)
