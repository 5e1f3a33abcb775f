"""The kept runs as a table for a screen, and as data."""

from __future__ import annotations

import time
from collections.abc import Sequence

from ..escapes import visible_name
from ..record.run_record import RunRecord
from ..run.kept_runs import NO_RECORD, KeptRun, failed_jobs, job_names, run_names
from .style import Style, duration
from .summary import named

RESULTS = {
    "success": ("passed", "success", "green"),
    "failed": ("failed", "failed", "red"),
    "canceled": ("canceled", "canceled", "yellow"),
    "on_hold": ("on hold", "on_hold", "yellow"),
    "paused": ("paused", "on_hold", "yellow"),
    "detached": ("detached", "start", "cyan"),
    "running": ("running", "start", "cyan"),
    "killed": ("killed", "failed", "red"),
    "no record": ("no record", "not_run", "yellow"),
}
"""The word of a result, the status whose sign it has, and its colour."""
HEAD = ("RUN", "RESULT", "TIME", "WHEN", "WORKFLOW", "COMMIT")
WIDE = 120
"""Columns from which on, or without a terminal, each run's id has a column too."""
SHORTEST = 8
"""Columns that the last cell gets at least, however narrow the screen is."""
LONGEST = {"WORKFLOW": 20, "COMMIT": 26}
"""Characters of a cell; a longer text loses its end."""


def table_lines(found: Sequence[KeptRun], now: float, style: Style, width: int = 0) -> list[str]:
    """Return a line for each run, newest first, at most ``width`` columns wide (0: as wide as they are)."""
    with_id = not width or width >= WIDE
    head = [*HEAD, *(["ID"] if with_id else []), "FAILED JOBS"]
    rows = [_cells(name, run, now, with_id) for name, run in zip(run_names(len(found)), found, strict=True)]
    columns = [max(len(row[at]) for row in [head, *rows]) for at in range(len(head) - 1)]
    lines = [style.paint(_line(head, columns, width), "bold")]
    for row, run in zip(rows, found, strict=True):
        line, (word, status, color) = _line(row, columns, width), RESULTS[run.result]
        start = columns[0] + 2
        sign = style.symbol(status)
        lines.append(f"{line[:start]}{sign} {style.paint(word, color)}{line[start + len(word) + 2 :]}")
    if any(run.record and run.record.dirty for run in found):
        lines.append(style.paint("* with uncommitted files", "dim"))
    broken = [run for run in found if run.problem not in ("", NO_RECORD)]
    return [*lines, *(f"{run.id}: {visible_name(run.problem)}" for run in broken)]


def _line(cells: Sequence[str], columns: Sequence[int], width: int) -> str:
    fixed = "  ".join(f"{cell:<{size}}" for cell, size in zip(cells, columns, strict=False))
    room = max(SHORTEST, width - len(fixed) - 2) if width else 10_000
    return f"{fixed}  {_cut(cells[-1], room)}".rstrip()


def _cells(name: str, run: KeptRun, now: float, with_id: bool) -> list[str]:
    word = f"- {RESULTS[run.result][0]}"  # one column for the sign
    record = run.record
    ids = [run.id] if with_id else []
    if record is None:
        return [name, word, "", "", "", "", *ids, ""]
    seconds = "" if record.seconds is None else duration(record.seconds)
    workflows = visible_name(", ".join(dict.fromkeys(each.name for each in record.workflows)))
    failed = [visible_name(each) for each in job_names(record, failed_jobs(record))]
    cells = [name, word, seconds, when(record.started, now), _cut(workflows, LONGEST["WORKFLOW"]), tree(record)]
    return [*cells, *ids, named(failed, 10_000) if failed else ""]


def _cut(text: str, length: int) -> str:
    return text if len(text) <= length else f"{text[: length - 3]}..."


def when(started: float, now: float) -> str:
    """Return the local time at which a run started: with the day if that was not today."""
    then, today = time.localtime(started), time.localtime(now)
    same_day = then[:3] == today[:3]
    return time.strftime("%H:%M" if same_day else "%d %b %H:%M" if then[0] == today[0] else "%d %b %Y", then)


def tree(record: RunRecord) -> str:
    """Return the branch (or tag) and commit of a run, with a star behind it if files were not committed."""
    of, commit = _cut(visible_name(record.tag or record.branch), LONGEST["COMMIT"] - 9), visible_name(record.commit[:7])
    text = f"{of}@{commit}" if of and commit else of or commit
    return f"{text}*" if record.dirty else text


def runs_data(found: Sequence[KeptRun]) -> list[dict[str, object]]:
    """Return the runs as plain data, newest first."""
    return [_data(name, run) for name, run in zip(run_names(len(found)), found, strict=True)]


def _data(name: str, run: KeptRun) -> dict[str, object]:
    record = run.record
    data: dict[str, object] = {"name": name, "id": run.id, "folder": str(run.path), "result": run.result}
    if record is None:
        return {**data, "problem": run.problem}
    return {
        **data,
        "started": record.started,
        "seconds": record.seconds,
        "workflows": [each.name for each in record.workflows],
        "branch": record.branch,
        "tag": record.tag,
        "commit": record.commit,
        "dirty": record.dirty,
        "failed_jobs": job_names(record, failed_jobs(record)),
    }
