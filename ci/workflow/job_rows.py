"""The jobs of a workflow with those of a matrix in one row, where all that is drawn of them is the same."""

from __future__ import annotations

from collections.abc import Hashable, Mapping, Sequence

from ..dataclass import dataclass
from .job_instances import JobInstance, Status

SHOWN = 6
"""Values of a matrix that a row names; of more it says how many there are."""


@dataclass(frozen=True, slots=True)
class JobRow:
    """One job, or several of a matrix that require the same."""

    name: str
    instances: tuple[JobInstance, ...]
    needs: tuple[tuple[str, tuple[Status, ...]], ...] = ()
    """The names of the rows that it requires, with the statuses that let it start."""


def job_rows(instances: Sequence[JobInstance], facts: Mapping[str, Hashable] | None = None) -> tuple[JobRow, ...]:
    """Return the rows in the order of the config.

    Jobs share one if they are of one session and kind, have the same ``facts`` (by the job's name) and contexts, and
    require jobs of the same rows.
    """
    facts = facts or {}
    group: dict[str, Hashable] = {each.name: _alike(each, facts.get(each.name)) for each in instances}
    for _ in instances:  # groups are only ever divided
        divided: dict[str, Hashable] = {
            each.name: (group[each.name], frozenset((group.get(n.name), n.statuses) for n in each.needs))
            for each in instances
        }
        divided = _numbered(divided)
        if len(set(divided.values())) == len(set(group.values())):
            break
        group = divided
    members: dict[Hashable, list[JobInstance]] = {}
    for each in instances:
        members.setdefault(group[each.name], []).append(each)
    names = {key: _name(found) for key, found in members.items()}
    row_of = {each.name: names[group[each.name]] for each in instances}
    return tuple(JobRow(names[key], tuple(found), _needs(found, row_of)) for key, found in members.items())


def _alike(instance: JobInstance, facts: Hashable) -> Hashable:
    alone = "" if instance.matrix else instance.name
    return alone, instance.session, instance.kind, instance.contexts, instance.filtered, instance.lacks, facts


def _numbered(group: Mapping[str, Hashable]) -> dict[str, Hashable]:
    numbers = {key: number for number, key in enumerate(dict.fromkeys(group.values()))}
    return {name: numbers[key] for name, key in group.items()}


def _needs(members: Sequence[JobInstance], row_of: Mapping[str, str]) -> tuple[tuple[str, tuple[Status, ...]], ...]:
    found = ((row_of[need.name], need.statuses) for each in members for need in each.needs if need.name in row_of)
    return tuple(dict.fromkeys(found))


def _name(members: Sequence[JobInstance]) -> str:
    if len(members) == 1:
        return members[0].name
    values = [_values(each, members) for each in members]
    shown = ", ".join(values if len(values) <= SHOWN else [*values[: SHOWN - 1], f"... {len(values)} in all"])
    return f"{members[0].session} ({shown})"


def _values(instance: JobInstance, members: Sequence[JobInstance]) -> str:
    """Return the values of the parameters in which the members differ."""
    others = [dict(each.matrix) for each in members]
    differing = [value for name, value in instance.matrix if any(other.get(name) != value for other in others)]
    return "/".join(differing) or instance.name
