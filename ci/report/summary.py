"""The last lines of a run: each job with how it ended, why, and how true to CircleCI it was."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence

from ..events import JobFinished, RunFinished, StepFinished
from .style import Style, duration, one_line, plural, quoted, tests_line

_ENDED = {
    "success": "passed",
    "failed": "failed",
    "timedout": "timed out",
    "canceled": "canceled",
    "not_run": "did not run",
    "skipped": "skipped",
    "on_hold": "on hold",
}


def summary_lines(
    workflow: str,
    jobs: Sequence[JobFinished],
    failures: Sequence[StepFinished],
    run: RunFinished,
    style: Style,
    verbose: bool = False,
) -> list[str]:
    """Return the summary: a line for each job, then the points in which the run differed from CircleCI."""
    counts = Counter(_ENDED[job.status] for job in jobs)
    ended = ", ".join(f"{counts[word]} {word}" for word in _ENDED.values() if counts[word])
    color = {"success": "green", "failed": "red"}.get(run.status, "yellow")
    head = f"{workflow}: {ended or 'nothing ran'} in {duration(run.seconds)}"
    width = max((len(job.job) for job in jobs), default=0)
    lines = [style.paint(head, "bold", color)]
    for job in jobs:
        lines += _job_lines(job, [step for step in failures if of_job(step.job, job.job)], width, style)
    return lines + _differences(jobs, style, verbose)


def of_job(label: str, job: str) -> bool:
    """Return whether an event's label belongs to a job: its own name, or one of its nodes'."""
    return label == job or (label.startswith(f"{job}/") and label[len(job) + 1 :].isdecimal())


def _job_lines(job: JobFinished, failures: Sequence[StepFinished], width: int, style: Style) -> list[str]:
    ran = job.status in ("success", "failed", "timedout", "canceled")
    facts = [duration(job.seconds)] if ran and job.seconds else []
    if job.tests:
        facts.append(tests_line(job.tests))
    if job.artifacts:
        facts.append(plural(job.artifacts, "artifact"))
    if job.status in ("success", "failed", "timedout") and job.fidelity.level != "skipped":  # which never started
        facts.append(job.fidelity.level)
    if job.reason:
        facts.append(job.reason)
    lines = [f"  {style.symbol(job.status)} {job.job:<{width}}  {', '.join(facts)}".rstrip()]
    for step in failures:
        where = f"{step.position}: step {quoted(one_line(step.name))} of {step.job}"
        how = f"exit status {step.exit_status}" if step.exit_status else step.status
        ended = "timed out" if step.status == "timedout" else "failed"
        lines.append(f"      {style.paint(where, 'red')} {ended}: {step.message or how}")
    return lines


def _differences(jobs: Iterable[JobFinished], style: Style, verbose: bool) -> list[str]:
    users: dict[str, list[str]] = {}
    for job in jobs:
        for difference in job.fidelity.differences:
            users.setdefault(difference, []).append(job.job)
    if not users:
        return []
    lines = [style.paint("  Differences from CircleCI (emulated):", "dim")]
    for difference, names in users.items():
        who = f" [{', '.join(names)}]" if verbose else ""
        lines.append(style.paint(f"    - {difference}{who}", "dim"))
    return lines
