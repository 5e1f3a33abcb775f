"""Jobs and steps over the time of a run."""

from __future__ import annotations

import pytest

from ci.page.drawn_timeline import NARROWEST, TICKS, Period, drawn_timeline, ticks

STEP = Period("1. Test", "#test.1", "failed", 106.0, 2.0)
TEST = Period("test", "#test", "failed", 105.0, 5.0, (STEP,))
BUILD = Period("build", "#build", "success", 100.0, 2.5, critical=True)


def test_bars_are_percent_of_the_run_and_rows_stand_in_the_order_of_their_start():
    build, test = drawn_timeline([TEST, BUILD], 100.0, 10.0, (), 0.0).rows
    assert (build.label, build.bar.left, build.bar.width, build.critical) == ("build", 0, 25, True)
    assert (test.label, test.bar.left, test.bar.width, test.critical) == ("test", 50, 50, False)
    assert [(step.left, step.width, step.title) for step in test.steps] == [(60, 20, "1. Test: failed, 2.0 s")]


def test_what_takes_no_time_can_still_be_seen_and_nothing_leaves_the_picture():
    (row,) = drawn_timeline([Period("last", "#last", "success", 110.0, 0.0)], 100.0, 10.0, (), 0.0).rows
    assert row.bar.width == NARROWEST
    assert row.bar.left + row.bar.width <= 100
    (early,) = drawn_timeline([Period("clock", "#c", "success", 90.0, 1.0)], 100.0, 10.0, (), 0.0).rows
    assert early.bar.left == 0
    (late,) = drawn_timeline([Period("clock", "#c", "success", 150.0, 1.0)], 100.0, 10.0, (), 0.0).rows
    assert late.bar.left + late.bar.width <= 100


@pytest.mark.parametrize(
    ("seconds", "labels"),
    [
        (0.5, ["0 s", "0.1 s", "0.2 s", "0.3 s", "0.4 s", "0.5 s"]),
        (12.0, ["0 s", "2 s", "4 s", "6 s", "8 s", "10 s", "12 s"]),
        (300, ["0 s", "1 min", "2 min", "3 min", "4 min", "5 min"]),
        (7200, ["0 s", "30 min", "1 h", "1 h 30 min", "2 h"]),
    ],
)
def test_the_axis_has_round_times(seconds, labels):
    assert [each.label for each in ticks(seconds)] == labels


@pytest.mark.parametrize("seconds", [0.001, 1, 59, 3601, 86_400, 1e6])
def test_the_axis_has_few_marks_however_long_the_run_was(seconds):
    found = ticks(seconds)
    assert 1 <= len(found) <= TICKS + 1
    assert all(0 <= each.left <= 100 for each in found)
