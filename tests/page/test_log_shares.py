"""How many lines of each step the page shows."""

from __future__ import annotations

from ci.page.log_shares import ALL_LINES, FAILED_STEP, FEWEST, STEP, StepLength, shares


def test_short_outputs_are_whole():
    assert shares([StepLength(10, False), StepLength(0, False), StepLength(300, True)]) == [10, 0, 300]


def test_a_failed_step_shows_more_of_a_long_output_than_another():
    assert shares([StepLength(1_000_000, False), StepLength(1_000_000, True)]) == [STEP, FAILED_STEP]


def test_many_long_outputs_share_what_the_page_has_and_the_failed_ones_come_first():
    steps = [StepLength(5000, False)] * 100 + [StepLength(5000, True)] * 9
    found = shares(steps)
    assert found[100:] == [FAILED_STEP] * 9
    assert set(found[:100]) == {(ALL_LINES - 9 * FAILED_STEP) // 100}


def test_what_short_outputs_leave_is_there_for_the_long_ones():
    assert shares([StepLength(10, False), StepLength(500, False)], most=200) == [10, 190]


def test_each_step_shows_something_however_many_there_are():
    assert set(shares([StepLength(5000, True)] * 5000)) == {FEWEST}
