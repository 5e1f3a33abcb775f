"""Why and when a step is ended early. All moments are numbers: nothing here waits."""

import math

import pytest

from ci.runtime.deadlines import GIVE_UP_SECONDS, KILL_SECONDS, Deadlines

CASES = [
    # silence, until, last output at, now, canceled: what is done, and why
    (600, 18000, 0, 1, False, "go-on", "exit"),
    (600, 18000, 0, 599.9, False, "go-on", "exit"),
    (600, 18000, 0, 600, False, "stop", "silence"),
    (600, 18000, 100, 699.9, False, "go-on", "exit"),
    (600, 18000, 100, 700, False, "stop", "silence"),
    (600, 500, 0, 499.9, False, "go-on", "exit"),
    (600, 500, 0, 500, False, "stop", "job-time"),
    (600, 500, 0, 1000, False, "stop", "job-time"),
    (600, 18000, 0, 1, True, "stop", "canceled"),
    (600, 500, 0, 1000, True, "stop", "canceled"),
    (math.inf, math.inf, 0, 1e9, False, "go-on", "exit"),
    (0, 18000, 5, 5, False, "stop", "silence"),
]


@pytest.mark.parametrize(("silence", "until", "output", "now", "canceled", "action", "cause"), CASES)
def test_the_first_reason_that_holds_ends_a_step(silence, until, output, now, canceled, action, cause):
    deadlines = Deadlines(0, silence, until)
    deadlines.note_output(output)
    assert deadlines.next_action(now, canceled) == action
    assert deadlines.cause == cause


def test_a_step_is_stopped_then_killed_then_given_up_each_once():
    deadlines = Deadlines(0, silence=10)
    moments = [9, 10, 11, 10 + KILL_SECONDS, 10.1 + KILL_SECONDS, 15, 10 + GIVE_UP_SECONDS, 10.1 + GIVE_UP_SECONDS]
    actions = [deadlines.next_action(now, False) for now in moments]
    assert actions == ["go-on", "stop", "go-on", "go-on", "kill", "go-on", "go-on", "give-up"]


def test_the_reason_stays_whatever_comes_after_it():
    deadlines = Deadlines(0, silence=10, until=100)
    deadlines.next_action(10, False)
    deadlines.note_output(11)
    deadlines.next_action(12, True)
    deadlines.next_action(1000, True)
    assert deadlines.cause == "silence"
