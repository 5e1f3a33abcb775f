"""The facts of a run: how it ended, what it ran on, what was chosen."""

from __future__ import annotations

import time
from collections.abc import Iterator

from ..escapes import visible_name
from ..options.table import table
from ..record.run_record import RunRecord
from ..report.style import duration, plural

RESULTS = {"success": "passed", "on_hold": "on hold", "running": "did not end"}
"""How a result is written, if not by its name."""


def title(record: RunRecord) -> str:
    """Return what ran and how it ended: ``smoke failed``."""
    result = RESULTS.get(record.result, record.result.replace("_", " "))
    return f"{visible_name(', '.join(each.name for each in record.workflows)) or 'run'} {result}"


def headline(record: RunRecord) -> str:
    """Return the numbers of jobs by how they ended: ``2 failed, 3 passed``."""
    found = [job.status for each in record.workflows for job in each.jobs]
    order = ("failed", "timedout", "canceled", "not_run", "skipped", "on_hold", "running", "waiting", "success")
    words = {"timedout": "timed out", "success": "passed", "not_run": "did not run", "on_hold": "on hold"}
    return ", ".join(f"{found.count(each)} {words.get(each, each)}" for each in order if each in found)


def facts(record: RunRecord) -> Iterator[tuple[str, str]]:
    """Yield the run's id, its revision, its time and its engines, each with a word for it."""
    yield "run", visible_name(record.id)
    if record.tag:
        yield "tag", visible_name(record.tag)
    elif record.branch:
        yield "branch", visible_name(record.branch)
    if record.commit:
        dirty = f" and {plural(record.dirty, 'uncommitted file')}" if record.dirty else ""
        yield "commit", f"{visible_name(record.commit[:12])}{dirty}"
    yield "started", time.strftime("%a %d %b %Y, %H:%M:%S", time.localtime(record.started))
    if record.seconds is not None:
        yield "took", duration(record.seconds)
    engines = dict.fromkeys(node.engine for each in record.workflows for job in each.jobs for node in job.nodes)
    names = [name for name in engines if name] or list(dict.fromkeys(each.engine for each in record.workflows))
    yield "engine", visible_name(", ".join(names))


def environment(record: RunRecord) -> Iterator[tuple[str, str]]:
    """Yield what the run was given: the names of secrets alone, and of the options those that were chosen."""
    yield "project", visible_name(record.project)
    yield "config", visible_name(record.config)
    for each in record.workflows:
        name = f"{visible_name(each.name)}: " if len(record.workflows) > 1 else ""
        reason = f" ({each.engine_reason})" if each.engine_reason else ""
        yield f"{name}engine", visible_name(f"{each.engine}{reason}")
        if each.pipeline_number:
            yield f"{name}pipeline", f"{each.pipeline_number}"
    contexts = dict.fromkeys(name for each in record.workflows for job in each.jobs for name in job.contexts)
    if contexts:
        yield "contexts", visible_name(", ".join(contexts))
    for name, value in record.parameters.items():
        yield f"parameter {visible_name(name)}", visible_name(_text(value))
    for declared in table("run"):
        value = record.options.get(declared.field)
        if declared.flags and declared.help and value is not None and _text(value) != _text(declared.default):
            yield max(declared.flags, key=len), "yes" if declared.is_switch else visible_name(_text(value))


def _text(value: object) -> str:
    if isinstance(value, list | tuple):
        return ", ".join(map(_text, value))
    return str(value).lower() if isinstance(value, bool) else str(value)
