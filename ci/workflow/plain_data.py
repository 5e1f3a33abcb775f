"""Workflows and problems as plain data, and back: what is kept of a compiled config.

A record is a list of its class's name and its values; everything else is what it is. Lists stand for nothing else.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, get_args

from ..dataclass import fields, is_dataclass
from ..errors import Position, Problem
from . import model
from .job_instances import CronTrigger, JobInstance, Need, Workflow

CLASSES: Mapping[str, type] = {
    each.__name__: each
    for each in (
        Position,
        Problem,
        JobInstance,
        Need,
        Workflow,
        CronTrigger,
        model.Image,
        model.Job,
        *get_args(model.Step),
    )
}


def to_plain(value: Any) -> Any:
    """Return a record, or a tuple of records, as plain data; raise TypeError for what is neither, nor plain."""
    if value is None or isinstance(value, str | int | float):
        return value
    if isinstance(value, tuple):
        return tuple(map(to_plain, value))
    name = type(value).__name__
    if not is_dataclass(value) or CLASSES.get(name) is not type(value):
        raise TypeError(f"{name} is not kept")
    return [name, *(to_plain(getattr(value, each.name)) for each in fields(value))]


def from_plain(data: Any) -> Any:
    """Return what ``to_plain`` was called with."""
    if isinstance(data, list):
        return CLASSES[data[0]](*map(from_plain, data[1:]))
    return tuple(map(from_plain, data)) if isinstance(data, tuple) else data
