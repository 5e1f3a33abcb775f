"""Figures: medians, ratios' ingredients, and JSON that brings them back."""

from __future__ import annotations

import pytest

from .figures import Result, from_json, to_json
from .sample import FIGURES


def test_json_brings_the_same_figures_back():
    assert from_json(to_json(FIGURES)) == FIGURES


@pytest.mark.parametrize(("seconds", "expected"), [((3.0, 1.0, 2.0), 2.0), ((1.0, 2.0), 1.5), ((), None)], ids=str)
def test_a_result_is_the_median_of_its_times(seconds, expected):
    assert Result(seconds).median == expected


def test_the_best_is_a_peer_that_does_the_workload():
    assert [FIGURES.best(row, FIGURES.peers()) for row in FIGURES.rows] == ["act", "act", "gitlab-ci-local shared"]


def test_the_best_of_those_that_keep_jobs_apart_leaves_out_a_shared_folder():
    assert FIGURES.best(FIGURES.rows[2], FIGURES.peers(isolating=True)) is None


def test_less_start_is_each_tools_time_less_its_own_for_one_step():
    (steps, files) = FIGURES.less_start().rows
    assert steps.seconds("nox-circleci") == pytest.approx(1.0)
    assert steps.seconds("act") == pytest.approx(2.0)
    assert files.seconds("bash") == pytest.approx(2.0)
    assert files.seconds("gitlab-ci-local shared") == pytest.approx(1.75)
    assert files.seconds("act") is None
