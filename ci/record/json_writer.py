"""A record as the text of ``run.json``: JSON, with a line for each job."""

from __future__ import annotations

import json
from collections.abc import Mapping

from ..dataclass import fields, is_dataclass
from ..errors import Position
from .run_record import JobRecord, RunRecord, WorkflowRecord

_PLAIN = (str, int, float, bool, type(None))


class RecordWriter:
    """Writes one run's record again and again: a job that has not changed since is not encoded again."""

    def __init__(self) -> None:
        self._known: dict[int, tuple[JobRecord, str]] = {}

    def text(self, record: RunRecord) -> str:
        """Return the record as JSON, in ASCII alone: no encoding and no reader of lines can misread it."""
        known, self._known = self._known, {}
        workflows = ",\n".join(self._workflow(each, known) for each in record.workflows)
        return _with_list(_members(record, without="workflows"), "workflows", workflows) + "\n"

    def _workflow(self, record: WorkflowRecord, known: Mapping[int, tuple[JobRecord, str]]) -> str:
        jobs = ",\n".join(self._job(each, known) for each in record.jobs)
        return _with_list(_members(record, without="jobs"), "jobs", jobs)

    def _job(self, record: JobRecord, known: Mapping[int, tuple[JobRecord, str]]) -> str:
        """Return a job's text; the record is kept with it, so that no other one gets its ``id``."""
        found = known.get(id(record)) or (record, json.dumps(as_plain(record)))
        self._known[id(record)] = found
        return found[1]


def _with_list(members: Mapping[str, object], name: str, items: str) -> str:
    return f'{json.dumps(members)[:-1]}, "{name}": [\n{items}\n]}}'


def _members(record: RunRecord | WorkflowRecord, without: str) -> dict[str, object]:
    found = {each.name: as_plain(getattr(record, each.name)) for each in fields(record) if each.name != without}
    return {"version": found.pop("version"), **found} if "version" in found else found


def as_plain(value: object) -> object:
    """Return a record, or a value of one, as plain data; a position is ``FILE:LINE:COLUMN``."""
    if type(value) in _PLAIN:
        return value
    if isinstance(value, Position):
        return str(value)
    if is_dataclass(value) and not isinstance(value, type):
        return {each.name: as_plain(getattr(value, each.name)) for each in fields(value)}
    if isinstance(value, tuple | list):
        return [as_plain(each) for each in value]
    if isinstance(value, Mapping):
        return {str(name): as_plain(each) for name, each in value.items()}
    return value
