"""The failures of a run as sections of its page: equal ones of several jobs as one."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

from ..dataclass import replace
from ..escapes import visible_name
from ..record.run_record import JobRecord, NodeRecord, StepRecord, WorkflowRecord
from ..report.failure import Evidence, FailedTest, Failure, merged
from ..report.style import duration
from .anchors import step_anchor
from .job_sections import RunPicture, ended, plain_lines, shown_lines
from .kept_tests import KeptTest
from .sections import FailureSection, ShownLine, TestLine

TESTS = 50
"""Failing tests of a job that are shown."""
LINES = 20
WITH_TESTS = 8
"""Lines of output that are shown behind failing tests."""
Again = Callable[[WorkflowRecord, tuple[str, ...]], str]
"""Returns the command that runs jobs of a workflow again."""


def failure_sections(run: RunPicture, tests: Sequence[KeptTest], again: Again) -> Iterator[FailureSection]:
    """Yield the failures in the order of the plan."""
    for index, workflow in enumerate(run.workflows):
        failures = [
            each for job in workflow.jobs for each in _failures(run, index, job, _failing(workflow, job, tests))
        ]
        for failure in merged(failures):
            yield _section(run, index, failure, again)


def _failing(workflow: WorkflowRecord, job: JobRecord, tests: Sequence[KeptTest]) -> list[KeptTest]:
    return [each for each in tests if each.failed and (each.workflow, each.job) == (workflow.name, job.name)]


def _failures(run: RunPicture, index: int, job: JobRecord, failing: Sequence[KeptTest]) -> list[Failure]:
    if job.status not in ("failed", "timedout"):
        return []
    found = [_of_step(run, index, node, step) for node in job.nodes for step in node.steps if step.fails_job]
    if not found:
        reason = job.reason or "failed"
        found = [Failure((job.name,), job.status, job.seconds or 0.0, job.position, message=reason)]
    if failing:
        shown = tuple(FailedTest(each.name, each.message, each.details) for each in failing[:TESTS])
        found[0] = replace(found[0], tests=shown, tests_total=len(failing))
    return found


def _of_step(run: RunPicture, index: int, node: NodeRecord, step: StepRecord) -> Failure:
    excerpt = run.excerpt((index, node.label, step.number))
    lines = plain_lines(excerpt)
    return Failure(
        (node.label,),
        "timedout" if step.status == "timedout" else "failed",
        step.seconds or 0.0,
        step.position,
        step=step.number,
        name=step.name,
        exit_status=step.exit_status,
        message=ended(step, node.engine == "host", lines),
        evidence=Evidence(lines, excerpt.total),
        log=f"{node.log}:{step.line}",
    )


def _section(run: RunPicture, index: int, failure: Failure, again: Again) -> FailureSection:
    first = failure.jobs[0]
    anchor = run.anchors[index, first]
    how = "timed out" if failure.status == "timedout" else ""
    message = f"{how}: {failure.message}" if how and failure.message else how or failure.message or "failed"
    jobs = run.workflows[index].jobs
    of_jobs = dict.fromkeys(
        job.name for label in failure.jobs for job in jobs if label in (job.name, *(each.label for each in job.nodes))
    )
    link = run.link(index, first)
    return FailureSection(
        tuple(run.link(index, each) for each in failure.jobs),
        run.step_link(anchor, failure.step, failure.name) if failure.step else None,
        f"{visible_name(message)} after {duration(failure.seconds)}",
        visible_name(str(failure.position)) if failure.position else "",
        tuple(TestLine(link, each.name, "", each.message, each.details) for each in failure.tests),
        failure.tests_total - len(failure.tests),
        _last_lines(run, (index, first, failure.step), anchor, WITH_TESTS if failure.tests else LINES),
        run.log_link(index, first, failure.step) if failure.step else None,
        visible_name(again(run.workflows[index], tuple(of_jobs))),
    )


def _last_lines(run: RunPicture, key: tuple[int, str, int], anchor: str, most: int) -> tuple[ShownLine, ...]:
    """Return the end of a step's output as its log shows it, without blank lines at the very end."""
    found = [
        each
        for each in shown_lines(step_anchor(anchor, key[2]), run.excerpt(key), run.lines.get(key, 0), True)
        if isinstance(each, ShownLine)
    ]
    while found and not any(span.text.strip() for span in found[-1].spans):
        found.pop()
    return tuple(found[-most:])
