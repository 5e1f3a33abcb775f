"""Small figures with round numbers, and a small workload, for the tests of this package."""

from __future__ import annotations

from .figures import Column, Figures, Result, Row
from .model import Job, Workload

HANDED = Workload(
    "W0",
    "one file to another job",
    (
        Job("make", ("mkdir out", 'echo hello > out/it; echo "ran $((1))"'), leaves="out"),
        Job("take", ('test "$(cat out/it)" = hello && echo "ran $((2))"',), needs=("make",)),
    ),
)


COLUMNS = (
    Column("nox-circleci", "a view", "", False, True),
    Column("nox-circleci in nox", "a session", "", False, True),
    Column("act", "host mode", "act 1.0", True, True),
    Column("gitlab-ci-local shared", "one folder", "gitlab-ci-local 2.0", True, False),
    Column("nox by hand", "one folder", "nox 3", False, False),
    Column("bash", "the floor", "", False, True),
)


def _row(key: str, title: str, *cells: float | str) -> Row:
    """Seconds, or the reason why there are none, of each column."""
    results = (Result((cell,)) if isinstance(cell, float) else Result(reason=cell) for cell in cells)
    return Row(key, title, {column.name: result for column, result in zip(COLUMNS, results, strict=True)})


FIGURES = Figures(
    "2026-01-02",
    "2 cores",
    0.5,
    COLUMNS,
    (
        _row("W1", "one step", 0.25, 0.3, 0.05, 0.25, 0.1, 0.01),
        _row("W2", "100 steps", 1.25, 1.32, 2.05, "no Node", 1.1, 0.51),
        _row("W6", "files", 4.25, "one job", "no workspaces", 2.0, 0.6, 2.01),
    ),
)
