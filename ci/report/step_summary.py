"""A run as the Markdown of GitHub's step summary: a table of its jobs, and what failed.

https://docs.github.com/en/actions/reference/workflows-and-actions/workflow-commands#adding-a-job-summary
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence

from ..escapes import visible_name
from ..record.run_record import JobRecord, RunRecord, WorkflowRecord
from .log_excerpt import Excerpt, failed_steps
from .style import Style, duration, tests_line

MOST_JOBS, MOST_FAILURES = 500, 20
"""A step's summaries may have 1 MiB in all."""
LONGEST = 300
"""Characters of a name, or of a line of output."""
_MARKUP = re.compile(r"([\\`*_\[\]<>#|~&@])")
_ENDED = {
    "success": "passed", "failed": "failed", "timedout": "timed out", "canceled": "canceled", "not_run": "did not run",
    "skipped": "skipped", "on_hold": "on hold", "waiting": "did not run", "running": "did not end",
}  # fmt: skip
_SIGNS = {"waiting": "not_run", "running": "canceled"}


def step_summary(
    run: RunRecord, last_lines: Callable[[Excerpt], Sequence[str]], again: Callable[[WorkflowRecord, str], str]
) -> str:
    """Return the Markdown; ``last_lines`` returns the end of an excerpt, ``again`` a command for a job."""
    parts = [line for workflow in run.workflows for line in _table(workflow)]
    parts += [line for excerpt in failed_steps(run)[:MOST_FAILURES] for line in _failure(excerpt, last_lines(excerpt))]
    commands = [again(workflow, job.name) for workflow, job in _failed_jobs(run)][:MOST_FAILURES]
    if commands:
        parts += ["Run again on your machine:", "", *_fenced(commands, "bash")]
    return "\n".join([*parts, ""])


def _failed_jobs(run: RunRecord) -> Iterator[tuple[WorkflowRecord, JobRecord]]:
    for workflow in run.workflows:
        yield from ((workflow, job) for job in workflow.jobs if job.status in ("failed", "timedout"))


def _table(workflow: WorkflowRecord) -> Iterator[str]:
    seconds = f" in {duration(workflow.seconds)}" if workflow.seconds is not None else ""
    yield f"### CircleCI workflow {_text(workflow.name)}: {_ended(workflow.result)}{seconds}"
    yield ""
    if workflow.jobs:
        yield "| job | result | time | tests |"
        yield "| --- | --- | --- | --- |"
        yield from (_row(job) for job in workflow.jobs[:MOST_JOBS])
        if len(workflow.jobs) > MOST_JOBS:
            yield f"| {len(workflow.jobs) - MOST_JOBS} more | | | |"
    else:
        yield "No job ran."
    yield ""


def _row(job: JobRecord) -> str:
    sign = Style().symbol(_SIGNS.get(job.status, job.status))
    reason = f": {_text(job.reason)}" if job.reason else ""
    time = duration(job.seconds) if job.started is not None and job.seconds is not None else ""
    tests = tests_line(job.tests) if job.tests else ""
    return f"| {sign} {_text(job.name)} | {_ended(job.status)}{reason} | {time} | {tests} |"


def _failure(excerpt: Excerpt, lines: Sequence[str]) -> Iterator[str]:
    yield f"#### ✗ {_text(excerpt.title.partition(', ')[2])}"
    yield ""
    if lines:
        yield from _fenced(lines, "text")


def _fenced(lines: Sequence[str], language: str) -> list[str]:
    """Return lines as a block of code, whatever is in them."""
    shown = [visible_name(line)[:LONGEST] for line in lines]
    longest = max((len(run) for line in shown for run in re.findall("`+", line)), default=0)
    fence = "`" * max(3, longest + 1)
    return [f"{fence}{language}", *shown, fence, ""]


def _ended(status: str) -> str:
    return _ENDED.get(status, status)


def _text(text: str) -> str:
    """Return a text that is nothing but text in Markdown, on one line."""
    return _MARKUP.sub(r"\\\1", visible_name(" ".join(text.split())[:LONGEST]))
