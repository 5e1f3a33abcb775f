"""How long threads wait between their looks."""

from contextlib import ExitStack

from ci.system.pace import MOST, Pace


def test_a_few_threads_look_as_often_as_they_want():
    pace = Pace(0.1)
    with pace, pace:
        assert pace.seconds() == 0.1


def test_many_threads_look_no_more_often_together_than_the_most():
    pace, slower = Pace(0.1), Pace(0.1, most=10)
    with ExitStack() as looking:
        for _ in range(1000):
            looking.enter_context(pace)
            looking.enter_context(slower)
        assert pace.seconds() == 1000 / MOST
        assert slower.seconds() == 100
    assert (pace.seconds(), slower.seconds()) == (0.1, 0.1)
