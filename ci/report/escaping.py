"""Events as they may be written to a terminal: names and messages without control characters, output as it is."""

from __future__ import annotations

import functools

from ..dataclass import replace
from ..errors import Position
from ..escapes import visible, visible_name
from ..events import (
    ApprovalAnswered,
    ApprovalAsked,
    Event,
    JobFinished,
    JobPaused,
    JobResumed,
    JobStarted,
    Notice,
    Output,
    Progress,
    RunDetached,
    RunFinished,
    RunStarted,
    StepFinished,
    StepStarted,
    changed,
)


def shown(event: Event) -> Event:
    """Return the event with its names and messages escaped; one job keeps one name in all events."""
    if isinstance(event, RunFinished):
        return event
    if isinstance(event, RunDetached):
        return replace(event, jobs=tuple(map(_name, event.jobs)), place=visible_name(event.place))
    if isinstance(event, RunStarted):
        workflow, folder, jobs = _name(event.workflow), _name(event.folder), tuple(map(_name, event.jobs))
        needs = tuple(tuple(map(_name, each)) for each in event.needs)
        return replace(event, workflow=workflow, folder=folder, jobs=jobs, needs=needs, reason=visible(event.reason))
    job = _name(event.job)
    if isinstance(event, Output | ApprovalAsked | ApprovalAnswered | JobResumed):
        return changed(event, job=job)
    if isinstance(event, Progress):
        return changed(event, job=job, task=visible_name(event.task), detail=visible_name(event.detail))
    if isinstance(event, JobPaused):
        return changed(event, job=job, name=visible(event.name), reason=visible(event.reason))
    place = _position(event.position)
    if isinstance(event, JobStarted):
        lines = tuple(map(visible, event.details))
        return changed(
            event,
            job=job,
            executor=_name(event.executor),
            position=place or event.position,
            details=lines,
            folder=_name(event.folder),
            kept=tuple(map(visible, event.kept)),
        )
    if isinstance(event, StepStarted):
        return changed(event, job=job, name=visible(event.name), position=place or event.position)
    if isinstance(event, StepFinished):
        name, message = visible(event.name), visible(event.message)
        return changed(event, job=job, name=name, message=message, position=place or event.position)
    if isinstance(event, Notice):
        return changed(event, job=job, text=visible(event.text), position=place)
    return _finished(event, job, place)


def _finished(event: JobFinished, job: str, place: Position | None) -> JobFinished:
    fidelity = replace(event.fidelity, differences=tuple(map(visible, event.fidelity.differences)))
    layers = tuple(map(_name, event.layers))
    return changed(event, job=job, reason=visible(event.reason), fidelity=fidelity, position=place, layers=layers)


@functools.lru_cache(1024)
def _name(name: str) -> str:
    return visible_name(name)


@functools.lru_cache(1024)
def _position(position: Position | None) -> Position | None:
    return replace(position, file=_name(position.file)) if position else None
