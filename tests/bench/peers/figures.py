"""The seconds of one run of the bench, as records and as JSON."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from statistics import median
from typing import Any

OURS = "nox-circleci"
IN_NOX = "nox-circleci in nox"
BY_HAND = "nox by hand"
FLOOR = "bash"
START = "W1"


@dataclass(frozen=True)
class Result:
    """Seconds of each time, or the reason why there are none."""

    seconds: tuple[float, ...] = ()
    reason: str | None = None

    @property
    def median(self) -> float | None:
        return median(self.seconds) if self.seconds else None


@dataclass(frozen=True)
class Row:
    """One workload by every tool."""

    key: str
    title: str
    results: dict[str, Result]

    def seconds(self, tool: str) -> float | None:
        return self.results[tool].median if tool in self.results else None


@dataclass(frozen=True)
class Column:
    """One tool: its name, mode and version, whether others made it for CI configs, and whether it keeps jobs apart."""

    name: str
    mode: str
    version: str
    peer: bool
    isolates: bool


@dataclass(frozen=True)
class Figures:
    """All rows of a run, and what there was of the machine."""

    date: str
    machine: str
    load: float
    columns: tuple[Column, ...]
    rows: tuple[Row, ...]

    def row(self, key: str) -> Row | None:
        return next((row for row in self.rows if row.key == key), None)

    def peers(self, isolating: bool = False) -> list[str]:
        """The names of the peers; only of those that give each job a place of its own, if asked."""
        return [each.name for each in self.columns if each.peer and (each.isolates or not isolating)]

    def best(self, row: Row, among: list[str]) -> str | None:
        """The fastest of these tools."""
        timed = [name for name in among if row.seconds(name) is not None]
        return min(timed, key=lambda name: row.seconds(name) or 0.0, default=None)

    def less_start(self) -> Figures:
        """The same, each less what the tool takes for one job of one step; listing is start alone."""
        start = self.row(START)
        assert start is not None
        kept = tuple(row for row in self.rows if row.key not in (START, "W5"))
        return replace(self, rows=tuple(_less(row, start) for row in kept))


def _less(row: Row, start: Row) -> Row:
    first = {name: start.seconds(name) for name in row.results}
    return replace(row, results={name: _minus(result, first[name]) for name, result in row.results.items()})


def _minus(result: Result, start: float | None) -> Result:
    if start is None or not result.seconds:
        return replace(result, seconds=(), reason=result.reason or f"no {START}")
    return replace(result, seconds=tuple(max(each - start, 0.0) for each in result.seconds))


def to_json(figures: Figures) -> str:
    return json.dumps(asdict(figures), indent=1, ensure_ascii=False) + "\n"


def from_json(text: str) -> Figures:
    data = json.loads(text)
    rows = tuple(
        Row(row["key"], row["title"], {name: _result(each) for name, each in row["results"].items()})
        for row in data["rows"]
    )
    columns = tuple(Column(**column) for column in data["columns"])
    return Figures(data["date"], data["machine"], data["load"], columns, rows)


def _result(data: dict[str, Any]) -> Result:
    return Result(tuple(data["seconds"]), data["reason"])


def stored(file: Path) -> Figures:
    return from_json(file.read_text(encoding="utf-8"))
