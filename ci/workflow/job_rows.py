"""The jobs of a workflow with those of a matrix in one row, where all that is drawn of them is the same."""

from __future__ import annotations

from collections import Counter
from collections.abc import Hashable, Mapping, Sequence
from itertools import product

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
    short: str = ""
    """The session, where no other row is of it; else the name."""


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
    sessions = Counter(found[0].session if len(found) > 1 else found[0].name for found in members.values())

    def row(name: str, found: Sequence[JobInstance]) -> JobRow:
        session = found[0].session
        short = session if len(found) > 1 and sessions[session] == 1 else name
        return JobRow(name, tuple(found), _needs(found, row_of), short)

    return tuple(row(names[key], found) for key, found in members.items())


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
    values = [dict(each.matrix) for each in members]
    differing = [name for name in values[0] if any(each.get(name) != values[0][name] for each in values)]
    axes = [list(dict.fromkeys(each.get(name, "") for each in values)) for name in differing]
    if len(axes) > 1 and len(members) == len(list(product(*axes))):
        return f"{members[0].session} ({' x '.join(map(_listed, axes))})"
    return f"{members[0].session} ({_listed(['/'.join(each.get(name, '') for name in differing) for each in values])})"


def _listed(values: Sequence[str]) -> str:
    return ", ".join(values if len(values) <= SHOWN else [*values[: SHOWN - 1], f"... {len(values)} in all"])
