"""The tables that a reader sees."""

from __future__ import annotations

import pytest

from . import behind, tables
from .sample import FIGURES


def cells(table):
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in table.splitlines()]


def test_a_workload_has_a_row_of_seconds_and_ratios():
    heads, _, _, steps, files = cells(tables.whole(FIGURES))
    assert heads[-3:] == ["ours / best peer", "ours / floor", "in nox / by hand"]
    assert steps == ["W2: 100 steps", "1.25", "1.32", "2.05", "–", "1.10", "0.510", "0.61 (act)", "2.45", "1.20"]
    assert files[-3:] == ["2.12 (gitlab-ci-local shared)", "2.11", "–"]


def test_without_start_ours_is_beside_the_best_and_the_best_that_keeps_jobs_apart():
    *_, steps, files = cells(tables.less_start(FIGURES))
    assert steps == ["W2", "1.00", "2.00 act, ours is 0.50 x", "2.00 act, ours is 0.50 x", "0.500, ours is 2.00 x"]
    assert files[2:4] == ["1.75 gitlab-ci-local shared, ours is 2.29 x", "–"]


def test_an_empty_cell_has_its_reason_once_for_all_workloads():
    assert tables.reasons(FIGURES).splitlines() == [
        "- nox-circleci in nox, W6: one job.",
        "- act, W6: no workspaces.",
        "- gitlab-ci-local shared, W2: no Node.",
    ]


def test_what_is_faster_than_ours_is_named_with_how_much_and_why():
    rows = cells(behind.table(FIGURES))[2:]
    assert [row[:2] for row in rows] == [
        ["act", "W1 (5.0 x)"],
        ["nox by hand", "W1 (2.5 x), W2 (1.1 x), W6 (7.1 x)"],
        ["gitlab-ci-local shared", "W6 (2.1 x)"],
    ]
    assert all(row[2] for row in rows)


@pytest.mark.parametrize(
    ("value", "shown"), [(0.0404, "0.040"), (0.9994, "0.999"), (1.234, "1.23"), (9.99, "9.99"), (16.84, "16.8")]
)
def test_seconds_have_the_digits_that_tell_something(value, shown):
    assert tables.seconds(value) == shown
