"""How long threads wait between their looks."""

from contextlib import ExitStack

from ci.system.pace import LONGEST, MOST, Pace


def test_a_few_threads_look_as_often_as_they_want():
    pace = Pace(0.1)
    with pace, pace:
        assert pace.seconds() == 0.1


def test_many_threads_look_no_more_often_together_than_the_most():
    pace = Pace(0.1)
    with ExitStack() as looking:
        for _ in range(300):
            looking.enter_context(pace)
        assert pace.seconds() == 300 / MOST
    assert pace.seconds() == 0.1


def test_each_of_a_thousand_still_looks_so_often_that_a_run_ends_within_a_second():
    pace = Pace(0.1, most=10)
    with ExitStack() as looking:
        for _ in range(1000):
            looking.enter_context(pace)
        assert pace.seconds() == LONGEST < 1
