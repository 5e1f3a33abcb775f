"""Events as JSON, one a line: the file events.jsonl of a run, and ``run --json``."""

from __future__ import annotations

import json
from functools import cache
from typing import TextIO

from ..dataclass import fields, is_dataclass
from ..errors import Position
from ..events import SCHEMA, Event, JobPaused

_FRAME = 100
"""Bytes of an output event beside its text: keys, time, job and step."""
_AS_THEY_ARE = (str, int, float, type(None))
_NAMES = {
    "RunStarted": "run.start",
    "JobStarted": "job.start",
    "StepStarted": "step.start",
    "Output": "output",
    "StepFinished": "step.finish",
    "Notice": "notice",
    "Progress": "progress",
    "ApprovalAsked": "approval.ask",
    "ApprovalAnswered": "approval.answer",
    "JobPaused": "job.pause",
    "JobResumed": "job.resume",
    "JobFinished": "job.finish",
    "RunFinished": "run.finish",
    "RunDetached": "run.detach",
}


def output_size(text: str) -> int:
    """Return the bytes of the line of an output event with that text, about."""
    return len(json.dumps(text)) + _FRAME


def as_data(event: Event) -> dict[str, object]:
    """Return an event as plain data; ``event`` says which."""
    kind: type = type(event)
    name, keys = _described(kind)
    data: dict[str, object] = {"event": name}
    if name == "run.start":
        data["schema"] = SCHEMA
    for key in keys:
        value = getattr(event, key)
        data[key] = value if isinstance(value, _AS_THEY_ARE) else _plain(value)
    return data


@cache
def _described(kind: type) -> tuple[str, tuple[str, ...]]:
    """Return how events of a kind are called, and their fields."""
    return _NAMES[kind.__name__], tuple(each.name for each in fields(kind))


def _plain(value: object) -> object:
    if isinstance(value, _AS_THEY_ARE):
        return value
    if isinstance(value, Position):
        return str(value)
    if is_dataclass(value) and not isinstance(value, type):
        return {field.name: _plain(getattr(value, field.name)) for field in fields(value)}
    return list(value) if isinstance(value, tuple) else value


class JsonLines:
    """Writes each event as one line of JSON; a file's reporter closes it, standard output stays open."""

    def __init__(self, stream: TextIO, *, flush: bool = False, owned: bool = True) -> None:
        self._stream = stream
        self._flush = flush
        self._owned = owned

    def __call__(self, event: Event) -> None:
        # ASCII alone: a stream of any encoding can hold it, and no reader takes U+2028 for the end of a line.
        # GitHub's runner obeys `##[...]` anywhere in a line: in JSON it can be written in another way.
        self._stream.write(json.dumps(as_data(event)).replace("##[", r"#\u0023[") + "\n")
        if self._flush or isinstance(event, JobPaused):  # it may be long until the next one
            self._stream.flush()

    def close(self) -> None:
        if self._owned:
            self._stream.close()
        else:
            self._stream.flush()
