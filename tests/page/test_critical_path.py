"""The chain of jobs that takes longest."""

from __future__ import annotations

import pytest

from ci.page.critical_path import critical_path

PARENTS = {"build": [], "lint": [], "test": ["build"], "deploy": ["test", "lint"]}


@pytest.mark.parametrize(
    ("seconds", "chain", "total"),
    [
        ({"build": 5, "lint": 1, "test": 3, "deploy": 2}, ["build", "test", "deploy"], 10),
        ({"build": 1, "lint": 9, "test": 3, "deploy": 2}, ["lint", "deploy"], 11),
        ({"build": 1, "lint": 9}, ["lint"], 9),
    ],
)
def test_it_is_the_chain_whose_times_add_up_to_most(seconds, chain, total):
    found, sum_of_times = critical_path(PARENTS, seconds)
    assert found[: len(chain)] == chain
    assert sum_of_times == total


def test_jobs_that_are_not_in_the_run_are_no_part_of_it():
    assert critical_path({"test": ["build"]}, {"test": 3}) == (["test"], 3)
    assert critical_path({}, {}) == ([], 0)
