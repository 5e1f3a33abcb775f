"""A record from the text of ``run.json``, every value of it checked."""

from __future__ import annotations

import json
import re
import types
import typing
from collections.abc import Mapping
from functools import cache
from typing import Annotated, Any

from ..dataclass import MISSING, Field, fields, is_dataclass
from ..errors import Position
from ..workflow.graph import ordered
from .run_record import VERSION, RunRecord, WorkflowRecord

LARGEST = 10**12
"""Of numbers: as seconds since the epoch a time that every system can show."""
_PLACE = re.compile(r"(.*):(\d{1,9}):(\d{1,9})", re.DOTALL)


class RecordError(ValueError):
    """A text that is no record of a run; the message says what is wrong with it."""


def read_record(text: str) -> RunRecord:
    """Return the record; keys that it does not know are left out. Raise RecordError for what is no such record."""
    try:
        data = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise RecordError(f"it is no JSON: {error}") from None
    if not isinstance(data, dict):
        raise RecordError("it is no JSON object")
    version = data.get("version")
    if version != VERSION:
        raise RecordError(f"it has version {version!r}, and this program reads version {VERSION}")
    record: RunRecord = from_plain(RunRecord, data, "")
    for workflow in record.workflows:
        _refuse_circle(workflow)
    return record


def _refuse_circle(workflow: WorkflowRecord) -> None:
    try:
        ordered({job.name: [need.name for need in job.needs] for job in workflow.jobs})
    except ValueError as error:
        raise RecordError(f"jobs of a workflow require each other: {', '.join(error.args[0])}") from None


def from_plain(kind: Any, data: Mapping[str, Any], place: str) -> Any:
    """Return a record of that type from plain data; ``place`` leads to it. Raise RecordError with the place."""
    values: dict[str, Any] = {}
    hints = _hints(kind)
    for each in fields(kind):
        where = f"{place}.{each.name}" if place else each.name
        if each.name in data:
            values[each.name] = _value(hints[each.name], data[each.name], where)
        elif not _has_default(each):
            raise RecordError(f"{where} is missing")
    return kind(**values)


@cache
def _hints(kind: Any) -> dict[str, Any]:
    return typing.get_type_hints(kind, include_extras=True)


def _has_default(declared: Field[Any]) -> bool:
    return declared.default is not MISSING or declared.default_factory is not MISSING


def _value(kind: Any, data: Any, place: str) -> Any:
    origin, members = typing.get_origin(kind), typing.get_args(kind)
    if origin in (types.UnionType, typing.Union):
        return _member_of(members, data, place)
    if origin is Annotated:
        return _checked(data, isinstance(data, str) and _is_run_path(data), place)
    if origin is typing.Literal:
        return _checked(data, data in members if isinstance(data, str) else False, place)
    if origin is tuple:
        items = _checked(data, isinstance(data, list), place)
        return tuple(_value(members[0], each, f"{place}[{number}]") for number, each in enumerate(items))
    if kind is Position:
        return _position(data, place)
    if is_dataclass(kind):
        return from_plain(kind, _checked(data, isinstance(data, dict), place), place)
    if origin is not None:  # a mapping of anything
        return _checked(data, isinstance(data, dict), place)
    if kind in (int, float):
        return _checked(data, _is_number(kind, data), place)
    return _checked(data, isinstance(data, kind), place)


def _member_of(members: tuple[Any, ...], data: Any, place: str) -> Any:
    """Return a value that may be of several types, such as a number or null."""
    if data is None and type(None) in members:
        return None
    tried = [each for each in members if each is not type(None)]
    for kind in tried[:-1]:
        try:
            return _value(kind, data, place)
        except RecordError:
            continue
    return _value(tried[-1], data, place)


def _is_number(kind: Any, data: Any) -> bool:
    """Return whether a value is a number of that type, and one that can be a time, a count or a status."""
    wanted = (int, float) if kind is float else int
    return isinstance(data, wanted) and not isinstance(data, bool) and -LARGEST <= data <= LARGEST  # no NaN is


def _is_run_path(path: str) -> bool:
    """Return whether a path leads nowhere but into the folder to which it is relative."""
    return not path.startswith("/") and ".." not in path.split("/") and "\0" not in path


def _checked(data: Any, right: bool, place: str) -> Any:
    if not right:
        raise _unfit(data, place)
    return data


def _unfit(data: Any, place: str) -> RecordError:
    shown = json.dumps(data)
    return RecordError(f"{place} cannot be {shown if len(shown) <= 60 else f'{shown[:57]}...'}")


def _position(data: Any, place: str) -> Position:
    found = _PLACE.fullmatch(data) if isinstance(data, str) else None
    if found is None:
        raise _unfit(data, place)
    return Position(found[1], int(found[2]), int(found[3]))
