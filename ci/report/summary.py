"""The last lines of a run: each job with how it ended, why, and how true to CircleCI it was."""

from __future__ import annotations

import shlex
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence

from ..events import JobFinished, RunFinished, StepFinished
from ..system.command_names import typed_command
from .labels import jobs_of
from .style import Style, duration, one_line, plural, quoted, tests_line

LONGEST_NAMES = 40
"""Characters of the names of several jobs on one line."""
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
    without = "nothing had to run again" if run.status == "success" else "nothing ran"
    head = f"{workflow}: {ended or without} in {duration(run.seconds)}"
    rows = [[job] for job in jobs] if verbose else _rows(jobs)
    shared = _shared_level(jobs)
    failed = _by_job(failures)
    width = max((len(named([job.job for job in row])) for row in rows), default=0)
    lines = [style.paint(head, "bold", color)]
    for row in rows:
        lines += _row_lines(row, failed, width, shared, style)
    if shared == "exact":
        lines.append(style.paint("  All jobs: exact", "dim"))
    return lines + _differences(jobs, style, verbose)


def kept_lines(kept: Mapping[str, Sequence[str]]) -> list[str]:
    """Return a line for each job that is kept, with the command that goes there, and one for those that remove them.

    Before that stands how one has a shell as its steps had it.
    """
    lines = [f"  Kept: {job}: {commands[0]}" for job, commands in kept.items()]
    ends = dict.fromkeys(commands[1] for commands in kept.values())
    shells = [f"  With the variables of its steps: {typed_command(shlex.join(['shell', job]))}" for job in kept]
    return [*lines, *shells[:1], *(f"  Removed by: {command}" for command in ends)]


def _by_job(steps: Iterable[StepFinished]) -> dict[str, list[StepFinished]]:
    found: dict[str, list[StepFinished]] = {}
    for step in steps:
        for job in jobs_of(step.job):
            found.setdefault(job, []).append(step)
    return found


def _rows(jobs: Sequence[JobFinished]) -> list[list[JobFinished]]:
    """Return the jobs, those of one matrix that ended alike together."""
    rows: dict[object, list[JobFinished]] = {}
    for job in jobs:
        alike = (job.status, job.reason, job.fidelity, job.tests, job.artifacts)
        rows.setdefault((job.position, alike) if job.position else id(job), []).append(job)
    return list(rows.values())


def named(jobs: Sequence[str], longest: int = LONGEST_NAMES) -> str:
    """Return names in a list that is not too long: ``a, b and 28 more``."""
    kept = min(len(jobs), longest)  # more cannot fit
    while kept > 1 and len(_list(jobs, kept)) > longest:
        kept -= 1
    return _list(jobs, kept)


def _list(jobs: Sequence[str], kept: int) -> str:
    left = len(jobs) - kept
    return f"{', '.join(jobs[:kept])}{f' and {left} more' if left else ''}"


def _shared_level(jobs: Sequence[JobFinished]) -> str | None:
    """Return the label of fidelity that stands once, with the differences or for all jobs; None if each has its own."""
    found = [job.fidelity for job in jobs if _has_level(job)]
    shared = len({each.level for each in found}) == 1 and (len(found) > 1 or bool(found[0].differences))
    return found[0].level if shared else None


def _has_level(job: JobFinished) -> bool:
    """Return whether a job has run, so that its fidelity says something."""
    return job.status in ("success", "failed", "timedout") and job.fidelity.level != "skipped"


def _row_lines(
    row: Sequence[JobFinished],
    failed: Mapping[str, Sequence[StepFinished]],
    width: int,
    shared: str | None,
    style: Style,
) -> list[str]:
    job = row[0]
    ran = job.status in ("success", "failed", "timedout", "canceled")
    facts = [_durations(row)] if ran and any(each.seconds for each in row) else []
    if job.tests:
        facts.append(tests_line(job.tests))
    if job.artifacts:
        facts.append(plural(job.artifacts, "artifact"))
    facts = [*facts[:1], f"each {facts[1]}", *facts[2:]] if len(row) > 1 and len(facts) > 1 else facts
    if _has_level(job) and not shared:
        facts.append(job.fidelity.level)
    if job.reason:
        facts.append(job.reason)
    lines = [f"  {style.symbol(job.status)} {named([each.job for each in row]):<{width}}  {', '.join(facts)}".rstrip()]
    for step in (step for each in row for step in failed.get(each.job, ())):
        where = f"{step.position}: step {quoted(one_line(step.name))} of {step.job}"
        how = f"exit status {step.exit_status}" if step.exit_status else step.status
        ended = "timed out" if step.status == "timedout" else "failed"
        lines.append(f"      {style.paint(where, 'red')} {ended}: {step.message or how}")
    return lines


def _durations(row: Sequence[JobFinished]) -> str:
    """Return how long the jobs of a row took: ``1.2 s``, ``1.2 s to 3.4 s``."""
    seconds = sorted(each.seconds for each in row)
    return " to ".join(dict.fromkeys((duration(seconds[0]), duration(seconds[-1]))))


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
